"""Words around a danger word that say whether it is happening now.

This is grammar, not medicine: clinicians edit `content/red_flags.yml`, not this. All words are in the plain form of
`bot.safety.words` ("can't" is "can not").
"""

from __future__ import annotations

import re

from bot.safety.words import word_set


def any_of(*phrases: str) -> re.Pattern[str]:
    """A regular expression for one of the `|`-parted phrases, whole words only."""
    return re.compile(rf"(?<!\S)(?:{'|'.join(phrases)})(?!\S)")


# --- who has it ---
PRONOUNS = word_set("i we he she they it ich wir er sie je nous il elle yo nosotros el ella eu ele ela")
RELATIVES = word_set(
    "son sons daughter wife husband partner baby child kid kids boy girl toddler infant newborn mom mother mommy dad"
    " father daddy sister brother friend grandma grandpa grandmother grandfather granny nan gran boyfriend girlfriend"
    " uncle aunt cousin nephew niece neighbor neighbour roommate hubby fiance spouse parent parents twin stepson teen"
    " teenager man woman guy lady bf gf student colleague coworker patient bro sis chest throat skin lips face heart"
    " hijo hija mama papa madre padre esposo esposa marido mujer sohn tochter kind mutter vater mann frau fils fille"
    " mari femme mere pere enfant bebe filho filha mae pai"
)
POSSESSIVES = word_set("my his her our their mi mis mein meine meinem meiner mon ma mes meu minha meus this these")
ANIMALS = word_set("dog cat puppy kitten horse rabbit hamster pet cow goat parrot dogs cats")
GENERIC = word_set(
    "people patients someone somebody anyone anybody everyone adults children infants babies women men individuals"
    " persons you one those whoever kids"
)
CLAIMS = word_set(
    "have has having got am is are been feel feels feeling felt get getting gets running run runs spiked spiking"
    " started starting woke wake keep keeps kept noticed developed think seem seems looks look looking experiencing"
    " experience suffer suffering with show showing shows began begins became becoming went gone going hit hits can"
    " will not reads says reading registered measured came come struggling fighting dealing battling s was were had in"
    " complaining complains tengo tiene estoy esta habe hat bin ist ai suis est tenho tem estou ter a since after on"
    " from see seeing found worried scared now also still"
)
#: A sentence that starts with one of these speaks of the writer ("having chest pain").
STARTS = word_set(
    "have having had got getting running feeling feel woke developed been started still just keep keeps suddenly"
    " noticed experiencing suffering tengo habe j tenho spiking think thinking believe has is was has been cannot"
)
#: "cellulitis on my leg": it is somebody's.
ON_SOMEONE = re.compile(
    r"^ (?:on|in|of|around|at|near|all over|under) (?:my|his|her|our)(?!\S)"
    r"(?! (?:\S+ ){0,2}(?:letter|leaflet|booklet|notes|form|report|results|list|card|sheet|records|paperwork)(?!\S))"
)
#: "saw a film where a woman …", "crossword clue": it is told, not had.
STORY = any_of(
    r"(?:saw|see|seen|watch|watched|watching|read|reading|in) (?:a|an|the|this|that|some|my)(?: \S+){0,2} (?:film|movie|drama|series"
    r"|episode|novel|show|soap|documentary|thriller)",
    r"(?:leaflet|booklet|pamphlet|poster|page|website|card|sheet|article|instructions|form|letter) (?:says|said|say|tells|lists|mentions|asks)",
    r"crossword|quiz|homework|essay|exam|sudoku|wordle|screenplay|storyline|video game",
)
#: "my sister in law says chemo patients always …": what somebody says of people in general.
HEARSAY = any_of(
    r"(?:says|said|say|claims|claimed|reckons|told me|thinks|heard|swears)(?: \S+){0,5} (?:people|patients|everyone|everybody|anyone)"
)
#: "it might be @", "could this be @?": somebody has something.
THIS_IS = re.compile(
    r"(?<!\S)(?:(?:it|this|that)(?: (?:is|might be|could be|may be|must be|looks like|feels like|sounds like|s))"
    r"|(?:is|could|can|might) (?:it|this)(?: be)?)(?: (?:a|an|the|actually|really|already))*$"
)
#: Verbs that a subject before them does not claim for now: "the medicine that causes", "it can lead to".
TELLS_ABOUT = word_set(
    "cause causes caused causing mean means lead leads give gives trigger triggers treat treats prevent prevents"
    " include includes called help helps reduce lower avoid stop"
)

# --- questions ---
WH = word_set(
    "what why how when where which who whose que was wie wann warum quelle quel quoi comment pourquoi qual quais como"
    " cual cuales welche significa"
)
AUXILIARIES = word_set("is are do does did can could will would should may might has was were am shall have ist sind")
MODALS = word_set("can could may might will would should do does did if when whenever unless whether")
OPENERS = word_set(
    "hi hello hey so and ok okay also but or please well doctor question just quick quickly thanks then hiya dear no"
    " yes , s one another a"
)
#: Beginnings that ask for help, not for knowledge: what follows them is meant.
HELP = any_of(
    r"what (?:should|do|can|must|shall) (?:i|we) (?:do|take)(?: now)?",
    r"what to do(?: now)?|what now",
    r"(?:i )?(?:do|does|did) not (?:know|understand) (?:what|why|how|if)(?: (?:to do|is|are|it|going|on|happening|this|he|she|we|i))*",
    r"no (?:idea|clue) (?:what|why|how)(?: (?:is|are|to|do|going on|happening|wrong))*",
    r"what is (?:going on|happening|wrong)(?: with (?:me|him|her)| to me)?",
    r"can (?:you|someone|anyone|somebody) (?:please )?help(?: me)?",
    r"(?:please )?help(?: me)?",
    r"is (?:anyone|anybody|someone) there",
    r"can i ask(?: you)?(?: something| a question)?|i have a question",
)
#: "to the hospital for @": someone is on the way.
GOING_FOR = any_of("er|hospital|911|999|ambulance|call|called|calling|went|going|go|emergency|seen|admitted|waiting")
HELP_CONTINUES = word_set("about for if when with during against to in on")
ASKING = any_of(
    "tell me|explain|define|describe|info|information|want to know|like to know|wondering|wonder|curious|looking for",
    "i (?:have )?read|i (?:have )?heard|learn|learning|list|difference between|meaning of|definition of|wanted to ask|want to ask|research",
    "researching|studying|article|asking about|question about|questions about|talk about|es normal|significa|bedeutet",
    "told me to watch|told to watch|said to watch|warned|booklet|leaflet",
)
#: "should i go to the hospital with …": who asks this has it.
ACTS_ON_IT = any_of(
    r"(?:should|do|shall|must) (?:i|we)(?: (?:really|need to|have to|still|just))* (?:go|call|come|see|ring|phone|bring|get"
    r" help|visit|wait|rush|drive|worry|be worried|be concerned|take (?:him|her|them|my \S+))",
    r"do i need (?:an ambulance|to be seen|a doctor|help|the er)",
)

#: "It's me", "mine is dripping", "just did", "my father is having since morning": what was asked about is there.
CLAIMED = any_of(
    r"(?:(?:it|that|this) is|its) (?:me|us)(?= ?$| ,| and| now| today| tonight| right)|i am (?:the|that) (?:woman|man|patient|person)",
    r"(?:(?:it|that|this) is|its) (?:my|our) (?:husband|wife|son|daughter|mom|mother|mum|dad|father|baby|child|kid|boy|girl|partner|sister|brother|nan|gran|grandma"
    r"|grandpa|friend)(?! who)",
    r"mine (?:is|are|has|have|keeps?|started|came|will not|does|looks|feels|hurts|been)|had mine|have mine|got mine|or just me",
    r"(?:i|he|she|we) just did|just did|just happened|(?:is|are) happening (?:to|now|right|here)|happening to (?:me|us|him|her)",
    r"(?:i|he|she|we|they) (?:have|has|had|got|am having|is having) (?:it|them|this|that|one|these|those|some)(?: \S+){0,3}"
    r" (?:now|since|today|tonight|right|all over|already|again)",
    r"having (?:it|them|this|that|these)(?: \S+)? (?:now|tonight|today|right)|(?:is|am|are) having(?: it| this| that)? since",
    r"(?:i|he|she) (?:get|gets|got|have|has) since|been (?:\S+ )?(?:\d+|two|three|four|five|six|a few|several) (?:days|hours|nights) now",
    r"because (?:that|this|it) (?:is|was) (?:what|how|exactly)|because (?:it|mine) (?:hurts|has|have|is|started|will not)",
    r"asking because (?:mine|it|he|she|i)|(?:today|tonight|now|it) (?:it )?is back|same as my|same (?:as|like) me|(?:lot|lots|full) of it",
    r"(?:he|she|i) (?:is|am) doing (?:that|it|this)|(?:i|we) (?:want|wish for) (?:that|it) too|have them now|what i have now",
    r"(?:someone|somebody|the person) (?:is|=|being) (?:me|my \S+)|i am (?:the|that) (?:\d\S*|one|chap|guy|warning|lady|friend)|guess (?:who|whose)",
    r"(?:hers|his|mine|theirs) (?:are|is|do|does|did|has|have)(?= ,| \||$)|i (?:have|got) (?:it|both|all of it|the lot)(?= now| ,| and| \||$)",
    r"(?:is|am) having (?:one|it)(?: now)? (?:on|in|now|here|right)|i lied|(?:it|that) was a lie|i am at \d+ (?:since|now|today|already)",
    r"(?:started|began) (?:about |around )?(?:an?|one|two|three|half an|\d+|few) (?:hour|hours|min|mins|minutes) ago",
    r"(?:\d+|two|three|four|five|six|seven|eight|nine|ten) times (?:today|tonight|since|already)",
    r"i think (?:this|that) is it|(?:have|got|has) (?:two|three|four|five|all|some|most|a few|both|\d)(?: of)? (?:them|these|those|the signs)",
)

# --- may be, could be, should be avoided ---
HYPOTHETICAL = any_of(
    r"if|in case|whether|in the event|suppose|supposing|imagine|in an|wenn|falls|cuando|quand|si",
    r"(?:when|whenever|once|until|till|before|as soon as|every time|anytime|any time)(?: \S+){0,3}"
    r" (?:get|gets|have|has|develop|develops|run|runs|spike|spikes|reaches|hits|goes|rises|with)",
    r"(?:can|could|might|may|will|would|does|do|did) (?:i|we|he|she|they|it|you|this|that|my \S+|\S+(?: \S+)?)(?: \S+)?"
    r" (?:get|develop|catch|have|cause|lead|mean|give|make|trigger|result|help|be)",
)
#: "if" that supposes nothing.
NO_SUPPOSITION = any_of(
    r"(?:not sure|do not know|wondering|unsure|not know|idea|tell|sure) if|if (?:it|that) (?:helps|matters)|as if|even if|if anyone"
    r"|if you (?:can|could)|if possible|if so|if not|what if it is too late|see if"
)
FUTURE = any_of(
    r"(?:can|could|might|may|will|would|likely to|should|going to)(?: \S+)? (?:get|develop|catch|become|cause|lead|happen)"
)
#: What someone thinks of, not what they have: "i am worried about the risk of @".
THOUGHT_OF = re.compile(
    r"(?<!\S)(?:risks?|chances?|fear|afraid|scared|terrified|danger|worried|worry|writing|reading|asking|talk|know|learn"
    r"|learning|read|curious|concerned|study|studying|information|questions?|told|heard|article|essay|thesis|think)"
    r" (?:of|about|on|for)(?: (?:getting|having|developing|a|an|the|any|some|risks?|chances?|of|low|severe|high|more))*(?: (?!my|his|her|this|these|our)\S+)?$"
)
TOPIC_BEFORE = re.compile(
    r"(?<!\S)(?:(?:afraid|scared|frightened|terrified|fear|risks?|chances?|dangers?|possibility|likelihood|history|causes?|signs?"
    r"|symptoms?|types?|rates?|prevention|treatments?|management|diagnosis|meaning|definition|odds|worry|worried|cases?|forms?"
    r"|kinds?|stages?|recover(?:ed|ing|y)?) (?:of|for|about|from)(?: (?:getting|having|developing))?"
    r"|(?:prevent|avoid|treat|caus|trigger|includ|reduc)(?:e|es|ed|s|ing)?|lower|watch|watch for|look for|look out for|watch out for"
    r"|check for|screen for|monitor for|protect|leads? to|leading to|results? in|means?|called|define|such as|against|tests? for"
    r"|vaccines? for|drugs? for|medicines? for|medication for|antibiotics for|remedy for|remedies for|cure for|good for"
    r"|helps? with|associated with|related to|linked to|for)"
    r"(?: (?:a|an|the|any|of|severe|high|mild|low|new|serious|more|from|@|,|or|and))*$"
)
#: "… is a symptom", "pale skin a sign of".
SIGN_AFTER = re.compile(
    r"^(?: (?!my|his|her|our|i|and my)\S+){0,4}? (?:symptoms?|signs?|side effects?|complications?) (?:of|from|in|that|when)(?!\S)"
    r"|^ (?:es|ist|est|e) (?:un|una|ein|une|um|uma) (?:sintoma|symptom|symptome|signo|signe|sinal|zeichen|anzeichen)(?!\S)"
    r"|^(?: \S+){0,3} why is (?:it|this|that) (?:important|dangerous|a problem|serious|bad|common)"
    r"|^(?: \S+){0,4} how (?:common|often|likely|many|serious|dangerous)(?!\S)"
    r"|^(?: \S+){0,3} (?:is|are|was) (?:mentioned|listed|described|included|discussed|called|on the list)"
    r"|^(?: \S+){0,2} appears (?:on|in)(?!\S)"
    r"|^(?: \S+){0,2} (?:common|normal|usual|typical|dangerous|rare) (?:with|in|after|for|during)(?!\S)"
)
TOPIC_AFTER = re.compile(
    r"^(?: of \S+(?: \S+)?)?(?: (?:is|are|be|being|was|as|can|could|may|might|always|a|an|the|one|of|considered|only|your|its|common|normal"
    r"|typical|early|main|usual|first|possible|known|warning|important|bad|good|rare|@|,|and|or|usually|often))*"
    r" (?:symptoms?|signs?|side|complications?|causes?|caused|definition|meaning|treatments?|guidelines?|management"
    r"|prevention|risks?|rates?|statistics|diagnosis|chart|threshold|medicine|medication|reducers?|protocol|prophylaxis"
    r"|awareness|helpline|hotline|differential|(?:in|for|among|during) (?:adults|children|infants|patients|people|babies"
    r"|neutropenia|leukopenia|leukemia|pregnancy|cancer|kids|toddlers|women|men|general|clozapine)|means?|affects?|works?"
    r"|happens?|occurs?|develops?|come from|vs|versus)(?!\S)"
)

# --- no ---
NO_WORDS = word_set(
    "no without zero denies deny denied denying nor neither sin kein keine keinen keiner ohne sem aucune aucun pas nunca"
    " nao ni minus never"
)
NOT_WORDS = word_set("not never nicht")
LINKS = word_set(
    "a an any the my his her real actual more new of such sort kind sign signs symptom symptoms evidence high bad"
    " severe significant serious big other further current major unusual visible obvious sudden active acute recent"
    " unexplained known had has have having gotten got been experienced tengo tiene tenho tem de d more , @ fever s"
)
NOT_LINKS = LINKS | word_set(
    "get getting be being feel feeling felt run running experience experiencing notice noticed see seen seeing suffer"
    " suffering from with really actually yet think believe there this that it is i am he she they at all currently"
    " today so very overly particularly looking look looks seem acting want wanting going plan planning trying try to"
    " would will ever in no"
)
#: After the first of a list these start something new that the "no" does not reach.
NEW_START = word_set(
    "i my he she we they it now just but only have has feel having feeling got still is are am very bad severe really"
    " high however though except also plus then because since with so yet instead was"
)
LIST_MARKS = word_set(", ( or nor and / no without")
INTENSE = word_set("badly really bad severely uncontrollably too though tho now lots like everywhere a")
NOT_A_NO = any_of(
    r"not only|not just|no doubt|not sure|not lying|not kidding|not joking|no joke|no wonder|not to mention|no idea",
    r"no clue|no matter|not know|not going away|not gone|not stopped|not improving|no longer just",
)
NEVER_LIKE_THIS = any_of(r"like this|this|so|as bad|that bad|quite like|worse")
GONE = re.compile(
    r"^(?: (?:has|have|is|are|was|had|been|it|that|now|finally|completely|all|just|already|also|then|so|and|the|my|in|a|few|hours"
    r"|day|later|after|by|itself|on|its|own|,))* (?:gone|went away|goes away|resolved|cleared|stopped|subsided|disappeared"
    r"|ruled out|back to normal|has passed|(?<!all )over(?! \S)|broke|vanished|free|came down|went down|settled)(?!\S)"
)
#: "the cough i had last month is gone": what stands between says more of it.
HAD_AND_GONE = re.compile(
    r"^ (?:that )?(?:i|he|she|we|they) (?:had|got|have had|has had)(?: (?!and|but|is|are|was|were|has|have)\S+){0,6}(?= (?:is|are|has|have|was)(?!\S))"
)
#: "gone for over a week now": the end of it is long ago, so the "now" is no return.
FOR_SOME_TIME = re.compile(r"(?<!\S)for(?: \S+){1,5} now(?!\S)")
BACK_AGAIN = any_of("back again|came back|come back|is back|returned|again|now|but|still|worse|then")

# --- when ---
NOW = any_of(
    r"now|right now|today|tonight|this (?:morning|afternoon|evening|week|weekend)|last night|yesterday|currently|getting worse|worse|at the moment|(?:\S+ )?(?:hours?|minutes?|mins?|hrs?) ago|overnight|hoy|ahora"
    r"|heute|jetzt|maintenant|hoje|agora|just|new"
)
SUDDEN = any_of("suddenly|sudden|all of a sudden|out of nowhere")
RECENT = any_of(
    r"still|since(?! then)|all (?:day|night|morning|evening)|again|lately|this week|this weekend|gestern|ayer|hier|ontem|(?:one|1|2"
    r"|two|a|couple) days? ago|day before yesterday|(?:few|couple of|couple) hours"
)
DISTANT = any_of(
    r"(?:years?|yrs?|months?|weeks?|decades?|yr|wks|mths) (?:ago|back|earlier|before|now)"
    r"|(?:[3-9]|[1-9]\d|several|few|three|four|five|six) days (?:ago|back)",
    r"(?<!since )(?<!for the )(?<!over the )(?<!the )last (?:year|month|week|summer|winter|spring|fall|autumn|time|january"
    r"|february|march|april|may|june|july|august|september|october|november|december|christmas)",
    r"in (?:19|20)\d\d|in (?:january|february|march|april|may|june|july|august|september|october|november|december|spring"
    r"|summer|autumn|winter)|as (?:a|an) (?:child|kid|baby|teen|teenager|infant|adult|young)",
    r"when (?:i|he|she|they|we) (?:was|were)(?: \S+){0,4} (?:child|kid|baby|young|younger|little|teen|teenager|pregnant|old"
    r"|born|school|college|small|\d+|(?:one|two|three|four|five|six|seven|eight|nine|ten)(?= ,| and|$))"
    r"|when (?:i|he|she|we) had|back when",
    r"in the past|back in|years earlier|previously|growing up|in my (?:teens|twenties|childhood|youth)|used to|long ago"
    r"|once had|died|passed away|lost (?:him|her|my \S+) to|history of|recovered from|got over|survived|el ano pasado|letztes jahr|l an dernier|ano passado",
)
OWN_VERB = word_set(
    "told said says called tested found saw had have was got diagnosed finished started did went done took ended underwent transplant chemo chemotherapy surgery"
)
#: What the time behind it belongs to, if nothing ties the danger to it ("a fever after my transplant 2 years ago").
TREATED = word_set("transplant surgery operation chemo chemotherapy diagnosed diagnosis radiation")
AFTER = word_set("after during from following when because with for")
#: So long that it is known and not why someone writes now.
LIFELONG = any_of(
    r"since (?:childhood|birth|forever|(?:i|he|she) was|(?:19|20)[01]\d)|all my life|my whole life|lifelong|ever since i was"
    r"|for (?:(?:over|about|almost|nearly|many|several|the|last|past|two|three|four|five|ten|\d+) )*(?:years|decades)"
)
PAST = word_set("had was were did hatte tuve")
PRESENT = word_set("have has am is are")
#: Words behind which a time belongs to something else.
PARTING = word_set("and , with now so")
HABIT = any_of(
    r"always|usually|often|sometimes|occasionally|frequent|frequently|recurrent|recurring|keep getting|keeps getting|chronic"
    r"|chronically|on and off|off and on|(?:come|comes) and go(?:es)?",
    r"every (?:few )?(?:winter|months?|years?|weeks?|summer|spring|fall|night|morning|other week|2 weeks|3 weeks|21 days)",
    r"for (?:(?:the|about|over|almost|nearly|around|at|least|more|than|past|last|a|an|some|several|many|few|couple|of|like"
    r"|two|three|four|five|six|seven|eight|nine|ten|\d+(?:\.\d+)?) )*(?:months?|years?|yrs?|mths|decades?|long time|ages|yr)",
    r"(?:over|in|during) the (?:past|last) (?:few |several |couple of |\S+ )?(?:months?|years?)"
    r"|since (?:19|20)\d\d|since (?:childhood|birth|forever|(?:i|he|she) was|last (?:year|summer|winter|spring|fall|autumn))"
    r"|all my life|my whole life|tends? to|prone to|easily|from time to time|now and then|once in a while|regularly|monthly"
    r"|(?:\d+|several|few|multiple|many) times (?:a|this|per|in the|last) (?:year|month|last|past)|all the time"
    r"|ever since i was|long standing|lifelong|a lot lately|(?:past|last) (?:\d+|few|several|two|three|six) (?:months|years)"
    r"|normal for me|runs low|my normal|more often|\d+ (?:months|years) of",
)
