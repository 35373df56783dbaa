/* The conversation: what happens when. Loaded when the chat is opened. */

import { button, el } from "./dom.js";
import { Panel } from "./panel.js";
import { PersonWatch } from "./person.js";
import { botMessage, choices, paragraphs, patientMessage, spoken } from "./render.js";
import { Texts } from "./texts.js";
import { Problem, Transport } from "./transport.js";

const SLOW = 1_500; // from then on the wait is put in words

export async function mount({ root, host, base, texts: words, options, storage, addStyle, onClose }) {
  const answer = await fetch(new URL("assets/chat.css", base), { credentials: "omit" });
  if (!answer.ok) throw new Problem("unreachable");
  addStyle(root, await answer.text());
  const chat = new Chat({ host, texts: new Texts(words), transport: new Transport(base, storage, words.lang), options, onClose });
  root.append(chat.panel.root);
  return chat;
}

class Chat {
  constructor({ host, texts, transport, options, onClose }) {
    this.texts = texts;
    this.transport = transport;
    this.onClose = onClose;
    this.config = null;
    this.contentLang = "en";
    this.ids = 0;
    this.queue = Promise.resolve();
    this.panel = new Panel({
      texts,
      options,
      act: { close: () => this.close(), startOver: () => this.startOver(), askErase: () => this.askErase(), send: (text) => this.send({ text }, text) },
    });
    this.panel.root.hidden = true;
    this.person = new PersonWatch({
      history: (after) => this.transport.history(after),
      show: (item) => this.answer([item.reply]),
      ended: () => this.ended(),
    });
    setTheme(host, options.theme);
    window.addEventListener("offline", () => this.setOnline(false));
    window.addEventListener("online", () => this.setOnline(true));
  }

  async show(focus) {
    this.panel.root.hidden = false;
    if (!this.started) {
      this.started = true;
      await this.start(focus);
    } else if (focus) this.focusWhatMatters();
  }

  close() {
    this.panel.root.hidden = true;
    this.onClose();
  }

  focusWhatMatters() {
    if (this.panel.chat.hidden) this.panel.card.querySelector("h3")?.focus();
    else this.panel.focusField();
  }

  /* --- beginning --- */

  async start(focus) {
    try {
      this.config = await this.transport.config();
    } catch (problem) {
      return this.cannotStart(problem, focus);
    }
    this.contentLang = this.config.content_language;
    this.texts.setClinic(this.config);
    this.panel.setConfig(this.config);
    if (!this.transport.hasSession) return this.askToAccept(focus);
    return this.resume(focus);
  }

  cannotStart(problem, focus) {
    const { texts, panel } = this;
    const refused = problem.kind === "refused";
    const text = texts.t(refused ? "refused" : "unreachable_plain");
    const again = { text: texts.t("try_again"), on: () => this.start(true) };
    panel.showPage({ title: texts.t("unreachable_title"), content: [el("p", { text })], actions: refused ? [] : [again], focus });
    panel.say(text, true);
  }

  askToAccept(focus, { title = this.texts.t("before_title"), lead = "", replies = [] } = {}) {
    const { texts, panel, config } = this;
    const accept = { text: texts.t("accept"), on: () => this.accept() };
    const notice = el("div", { class: "notice", lang: this.contentLang }, ...paragraphs(config.notice));
    const said = replies.length ? el("ol", { class: "messages" }, ...replies.map((reply) => botMessage(reply, this))) : null;
    const content = [said, lead ? el("p", { text: lead }) : null, notice].filter(Boolean);
    panel.showPage({ title, content, actions: [accept], focus });
  }

  async accept() {
    try {
      await this.transport.begin();
    } catch (problem) {
      const words = problem.replies?.[0]?.plain ?? this.texts.t(problem.kind === "refused" ? "refused" : "unreachable");
      this.pageTrouble(words);
      return;
    }
    this.panel.list.replaceChildren();
    this.welcome();
    this.panel.showChat();
    if (this.draft) this.panel.field.value = this.draft;
    this.draft = "";
    this.panel.focusField();
  }

  pageTrouble(words) {
    const { card } = this.panel;
    card.querySelector(".trouble")?.remove();
    card.querySelector(".page-actions").before(el("p", { class: "trouble", text: words }));
    this.panel.say(words, true);
  }

  welcome() {
    const { texts, config } = this;
    const item = el("li", { class: "message bot" }, el("span", { class: "sr-only", text: `${texts.t("bot")}:` }),
      el("div", { class: "card" }, el("p", { text: texts.t("welcome") })));
    if (config.suggestions.length) item.append(choices({ buttons: config.suggestions }, this, texts.t("suggestions")));
    this.panel.list.append(item);
  }

  /** Goes on with the conversation of this tab. */
  async resume(focus) {
    let items;
    let handedOver;
    try {
      ({ messages: items, handed_over: handedOver } = await this.transport.history());
    } catch (problem) {
      if (problem.kind === "ended") return this.ended(focus);
      return this.cannotStart(problem, focus);
    }
    this.panel.list.replaceChildren();
    this.welcome();
    for (const item of items) {
      const node = item.author === "patient" ? patientMessage(item.text, this.texts).item : botMessage(item.reply, this, { marks: item.feedback });
      this.panel.list.append(node);
    }
    this.person.known(items);
    this.person.set(handedOver);
    this.panel.showChat();
    this.panel.toEnd();
    if (focus) this.panel.focusField();
    const known = new Set(items.map((item) => item.id));
    for (const message of this.transport.waiting()) {
      if (known.has(message.id)) this.transport.settle(message.id);
      else this.send(message, message.title ?? message.text, message.id);
    }
  }

  /** `replies`: what the server says all the same to the message that came too late, because it holds danger. */
  ended(focus = true, replies = []) {
    this.person.stop();
    this.transport.end();
    this.askToAccept(focus, { title: this.texts.t("ended_title"), lead: this.texts.t("ended"), replies });
    this.panel.say(this.texts.t("ended"));
    replies.forEach((reply) => this.panel.say(spoken(reply, this.texts), true));
  }

  /* --- talking --- */

  tap({ id, title }) {
    this.send({ button: id, title }, title);
  }

  /** Shows what was said at once, and sends it after what was said before it. */
  send(said, shown, id = this.transport.newId()) {
    const { item, state } = patientMessage(shown, this.texts);
    const message = { ...said, id };
    this.panel.add(item);
    this.transport.expect(message);
    this.queue = this.queue.then(() => this.deliver(message, item, state)).finally(() => this.transport.settle(id));
    return this.queue;
  }

  async deliver(message, item, state) {
    if (!this.transport.hasSession) { // it ended while this message was waiting
      this.giveBack(message, item);
      return;
    }
    const typing = this.typing();
    try {
      const turn = await this.transport.say(message, (problem, last) => this.trouble(problem, last, state, typing));
      typing.remove();
      typing.warnings.forEach((node) => node.remove()); // the answer says it now
      state.replaceChildren();
      this.panel.setBanner("");
      if (turn.erased) return this.erased(turn.replies);
      this.person.set(turn.handed_over);
      this.answer(turn.replies, item);
    } catch (problem) {
      typing.remove();
      this.failed(problem, message, item, state);
    }
  }

  /** Shows and announces replies; gives what it added to the conversation. */
  answer(replies, item) {
    const added = replies.map((reply) => botMessage(reply, this));
    this.panel.list.append(...added);
    replies.forEach((reply) => this.panel.say(spoken(reply, this.texts), Boolean(reply.urgency)));
    if (item) this.panel.reveal(item);
    else this.panel.toEnd();
    return added;
  }

  typing() {
    const words = el("span", { class: "typing-words" });
    const item = el("li", { class: "message bot typing" }, el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i")), words);
    this.panel.list.append(item);
    this.panel.toEnd();
    const timer = setTimeout(() => {
      words.textContent = this.texts.t("thinking");
      this.panel.say(words.textContent);
    }, SLOW);
    return {
      remove: () => { clearTimeout(timer); item.remove(); },
      pause: () => { clearTimeout(timer); item.hidden = true; },
      warnings: [], // what was said meanwhile to a message of danger
    };
  }

  /** A try has failed; the next one comes by itself, except after the last. */
  trouble(problem, last, state, typing) {
    const { texts, panel } = this;
    typing.pause();
    const first = !state.hasChildNodes();
    const line = texts.t(last ? "not_sent_stopped" : "not_sent");
    const actions = [
      button({ text: texts.t("try_again"), kind: "small", on: () => this.transport.tryNow() }),
      button({ text: texts.t("remove"), kind: "small", on: () => this.transport.drop() }),
    ];
    const focused = state.contains(state.getRootNode().activeElement);
    state.replaceChildren(el("span", { text: line }), ...actions);
    if (focused) actions[0].focus();
    const urgent = problem.replies.filter((reply) => reply.urgency);
    if (urgent.length) {
      panel.setBanner("");
      if (!typing.warnings.length) typing.warnings = this.answer(urgent);
      return;
    }
    const words = navigator.onLine ? (problem.replies[0]?.plain ?? texts.t("unreachable")) : texts.t("offline");
    panel.setBanner(words);
    panel.toEnd();
    if (first) panel.say(words, true);
  }

  failed(problem, message, item, state) {
    if (problem.kind === "ended") {
      this.giveBack(message, item);
      this.ended(true, problem.replies);
      return;
    }
    if (problem.kind === "dropped") {
      item.remove();
      this.panel.setBanner("");
      this.panel.focusField();
      return;
    }
    state.replaceChildren();
    const replies = problem.replies ?? [];
    if (replies.length) this.answer(replies, item);
    else {
      const words = this.texts.t(problem.kind === "refused" ? "refused" : "unreachable");
      this.panel.setBanner(words);
      this.panel.say(words, true);
    }
  }

  /** What was typed into a session that had ended goes back into the field. */
  giveBack(message, item) {
    item.remove();
    if (message.text) this.draft = [this.draft, message.text].filter(Boolean).join(" ");
  }

  setOnline(online) {
    if (this.panel.root.hidden || this.panel.chat.hidden) return;
    const words = this.texts.t(online ? "back_online" : "offline");
    this.panel.setBanner(online ? "" : words);
    this.panel.say(words);
  }

  async mark(body) {
    try {
      await this.transport.feedback(body);
      return true;
    } catch (problem) {
      if (problem.kind === "ended") this.ended();
      return false;
    }
  }

  say(text) {
    this.panel.say(text);
  }

  nextId() {
    this.ids += 1;
    return `part-${this.ids}`;
  }

  /* --- starting over and deleting --- */

  startOver() {
    this.queue = this.queue.then(async () => {
      const { panel } = this;
      const state = el("div", { class: "state" });
      const item = el("li", { class: "message patient" }, state);
      const typing = this.typing();
      panel.list.append(item);
      try {
        const turn = await this.transport.say({ restart: true, id: this.transport.newId() }, (problem, last) => this.trouble(problem, last, state, typing));
        panel.list.replaceChildren();
        panel.setBanner("");
        this.answer(turn.replies, panel.list);
        if (!turn.replies.some((reply) => reply.buttons.length)) this.welcome();
        panel.focusField();
      } catch (problem) {
        typing.remove();
        this.failed(problem, {}, item, state);
      }
    });
  }

  askErase() {
    const { texts, panel } = this;
    panel.showPage({
      title: texts.t("delete_title"),
      role: "alertdialog",
      content: [el("p", { text: texts.t("delete_question") })],
      actions: [
        { text: texts.t("delete_yes"), kind: "primary danger", on: () => this.erase() },
        { text: texts.t("delete_no"), kind: "secondary", on: () => { panel.showChat(); panel.menuButton.focus(); } },
      ],
    });
  }

  async erase() {
    try {
      await this.transport.erase();
    } catch (problem) {
      if (problem.kind === "ended") return this.ended();
      return this.pageTrouble(this.texts.t("delete_failed"));
    }
    return this.erased();
  }

  /** Nothing of the conversation is left on the page or in the tab. */
  erased(replies = []) {
    const { texts, panel } = this;
    this.person.stop();
    this.transport.end();
    panel.list.replaceChildren();
    panel.setBanner("");
    panel.field.value = "";
    const words = replies[0]?.plain ?? texts.t("deleted");
    panel.showPage({
      title: texts.t("deleted_title"),
      content: [el("p", { text: words })],
      actions: [{ text: texts.t("start_over"), on: () => this.askToAccept(true) }],
    });
    panel.say(words);
  }
}

function setTheme(host, wanted) {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const set = () => { host.dataset.theme = wanted === "dark" || (wanted !== "light" && dark.matches) ? "dark" : "light"; };
  dark.addEventListener("change", set);
  set();
}
