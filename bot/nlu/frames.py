"""What people say around a question: greetings, "could somebody kindly tell me", and the beginning and end of a letter."""

from __future__ import annotations

import re

GREETING = "hi|hello|hey|good (?:morning|afternoon|evening|day)"
#: "Dear Sir or Madam,", "To whom it may concern:", "Good afternoon." at the beginning of a letter.
SALUTATION = re.compile(
    rf"^\W*(?:to whom it may concern|dear(?: [\w.'-]+){{1,4}}?|(?:{GREETING}|greetings)"
    r"(?: (?:there|all|everyone|team|doctors?|nurses?|sirs?|madam|bot|friends?|folks|guys|again|to you))*)\s*[,.:;!]+\s*"
)
#: "With kind regards, H. Whitcombe", "Thanks, Mary", "I remain, yours faithfully" at its end.
CLOSING = re.compile(
    r"(?<=[.?!])\s*(?:with |many |and |kind |best |warm )*(?:thanks|thank you|regards|wishes|sincerely|respectfully|gratefully|"
    r"faithfully|cheers|god bless you|i remain|yours)\b[^?]{0,70}$"
)
#: What is said in passing: "which infections, if any, take it down".
ASIDE = re.compile(
    r"\s*,\s*(?:if any|you see|you know|i (?:suppose|believe|think|guess|mean|gather|wonder)|generally speaking|so to speak|by the way|"
    r"(?:when|after) all(?:'s| is)? said and done|in general|in principle|of course|as it were|to be honest|frankly|in your view|"
    r"doctor|nurse|sir|madam|please|exactly|then|though)\s*,\s*"
)


#: What people say around a question: greetings, "could somebody kindly tell me", "i would like to know", "please".
FRAME = re.compile(
    rf"^(?:(?:{GREETING}|dear \w+|excuse me|sorry|ok|okay|so|well|um+|hmm+|wait|yeah|yes|ugh|omg|lol|right|listen|look|please|kindly|"
    r"just wondering|i (?:just )?(?:have|had) a question)\b[\s,.!:-]*)*"
    r"(?:(?:can|could|would|will) (?:you|someone|somebody|anyone|anybody)(?: please| kindly)? (?:tell|explain to|say to|help) me"
    r"(?: please)?(?: understand)?(?=[\s,:]+(?:what|how|why|which|who|where|when|if|whether|about|more)\b)"
    r"|i(?:'d| would) (?:really )?like to (?:know|understand|ask)|i (?:just )?(?:want|wanted|need) to (?:know|understand|ask)"
    r"|do you (?:happen to )?know(?= )|i (?:was|am|'m) wondering|i'm wondering|i do ?n[o']?t (?:know|understand)(?= (?:what|how|why))"
    r"|tell me(?= (?:what|how|why|which|if|whether)\b)|my question is)?[\s,.:-]*(?:if |whether )?"
)
FRAME_END = re.compile(
    r"[\s,.!]+(?:lol|haha|btw|omg|asap|would you say|do you think|please|thanks|thank you|thanks in advance|thank you so much)[\s.!]*$"
)


def without_frame(text: str) -> str:
    """`text` (spelled out) without what people say around a question; as it is when less than two words would stay."""
    letter = ASIDE.sub(" ", CLOSING.sub("", SALUTATION.sub("", text, count=1), count=1))
    short = FRAME_END.sub("", FRAME.sub("", letter, count=1))
    return short if len(short.split()) >= 2 else text
