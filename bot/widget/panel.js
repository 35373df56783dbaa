/* The frame around the conversation: header, menu, list of messages, field to type in, and the live regions. */

import { button, el, icon } from "./dom.js";

const LONGEST_SILENCE = 8_000; // announced words are taken away again, so that nobody meets them a second time

export class Panel {
  /** `act`: close, startOver, askErase, send(text). */
  constructor({ texts, options, act }) {
    this.texts = texts;
    this.act = act;
    this.inline = options.inline;
    this.polite = el("div", { class: "sr-only", role: "status", "aria-live": "polite" });
    this.urgent = el("div", { class: "sr-only", role: "alert", "aria-live": "assertive" });
    this.list = el("ol", { class: "messages" });
    this.log = el("div", { class: "log", role: "region", tabindex: "0", "aria-label": texts.t("conversation") }, this.list);
    this.banner = el("p", { class: "banner", hidden: true });
    this.card = el("div", { class: "page", hidden: true });
    this.help = el("p", { class: "help" });
    this.demo = el("p", { class: "demo", hidden: true, text: texts.t("demo") });
    this.chat = el("div", { class: "chat" }, this.log, this.banner, this.composer());
    this.root = el(
      "section",
      { class: "panel", role: this.inline ? "region" : "dialog", "aria-labelledby": "panel-title", lang: texts.lang },
      this.header(options.title), this.demo, this.chat, this.card, this.help, this.polite, this.urgent,
    );
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.narrow = window.matchMedia("(max-width: 520px), (max-height: 560px)");
    this.narrow.addEventListener("change", () => this.setModal());
    this.setModal();
    window.visualViewport?.addEventListener("resize", () => this.makeRoomForKeyboard());
  }

  header(title) {
    const { texts } = this;
    this.menu = el(
      "div",
      { class: "menu", id: "menu", hidden: true },
      button({ text: texts.t("start_over"), kind: "item", on: () => this.choose(this.act.startOver) }),
      button({ text: texts.t("delete_data"), kind: "item", on: () => this.choose(this.act.askErase) }),
    );
    this.menuButton = button({
      draw: "menu", label: texts.t("menu"), kind: "head", hidden: true, "aria-expanded": "false", "aria-controls": "menu",
      on: () => this.toggleMenu(this.menu.hidden),
    });
    this.closeButton = button({ draw: "close", label: texts.t("close"), kind: "head", hidden: this.inline, on: () => this.act.close() });
    return el(
      "div",
      { class: "top" },
      el("span", { class: "face" }, icon("bot")),
      el("div", { class: "titles" }, el("h2", { id: "panel-title", text: title, dir: "auto" }), el("p", { text: texts.t("subtitle") })),
      this.menuButton, this.menu, this.closeButton,
    );
  }

  composer() {
    const { texts } = this;
    this.field = el("textarea", {
      id: "field", rows: "1", placeholder: texts.t("type_here"), autocomplete: "off", enterkeyhint: "send", dir: "auto", "aria-describedby": "hint",
    });
    this.hint = el("p", { id: "hint", class: "hint" });
    const submit = () => {
      const text = this.field.value.trim();
      if (!text) return this.field.focus();
      this.field.value = "";
      this.grow();
      this.act.send(text);
    };
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        submit();
      }
    });
    this.field.addEventListener("input", () => this.grow());
    const form = el(
      "form",
      { class: "composer", on: { submit: (event) => { event.preventDefault(); submit(); } } },
      el("label", { class: "sr-only", for: "field", text: texts.t("type_here") }), this.field,
      el("button", { type: "submit", class: "button send", "aria-label": texts.t("send"), title: texts.t("send") }, icon("send")), this.hint,
    );
    return form;
  }

  /** The field grows with what is typed, up to six lines. */
  grow() {
    this.field.style.blockSize = "auto";
    this.field.style.blockSize = `${Math.min(this.field.scrollHeight + 2, 160)}px`;
    const tooLong = this.limit && this.field.value.length > this.limit;
    this.hint.textContent = tooLong ? this.texts.t("too_long", { limit: this.limit }) : "";
  }

  setConfig(config) {
    const { texts } = this;
    this.limit = config.limits.text;
    this.demo.hidden = !config.demo;
    this.help.replaceChildren(
      el("span", {}, `${texts.t("help_emergency")}: `, el("a", { class: "tel", href: config.clinic.emergency.href, text: config.clinic.emergency.number })),
      el("span", {}, `${texts.t("help_clinic")}: `, el("a", { class: "tel", href: config.clinic.phone.href, text: config.clinic.phone.number })),
    );
  }

  /** Shows the conversation. */
  showChat() {
    this.card.hidden = true;
    this.card.replaceChildren();
    this.chat.hidden = false;
    this.menuButton.hidden = false;
  }

  /** Shows a page of words with buttons in place of the conversation. `actions`: [{text, on, kind}]. */
  showPage({ title, content, actions, role = null, focus = true }) {
    this.toggleMenu(false);
    this.menuButton.hidden = true;
    this.chat.hidden = true;
    this.card.hidden = false;
    const heading = el("h3", { text: title, tabindex: "-1", id: "page-title" });
    const buttons = actions.map(({ text, on, kind = "primary" }) => button({ text, on, kind }));
    this.card.replaceChildren(heading, ...content, el("div", { class: "page-actions" }, ...buttons));
    for (const [name, value] of [["role", role], ["aria-labelledby", role ? "page-title" : null]]) {
      if (value) this.card.setAttribute(name, value);
      else this.card.removeAttribute(name);
    }
    if (focus) heading.focus();
  }

  /** A line above the field that stays until it is taken away; "" takes it away. */
  setBanner(text) {
    this.banner.hidden = !text;
    this.banner.textContent = text;
  }

  /** Lets screen readers say something once. */
  say(text, urgent = false) {
    const region = urgent ? this.urgent : this.polite;
    const line = el("p", { text });
    region.append(line);
    setTimeout(() => line.remove(), LONGEST_SILENCE);
  }

  /** Adds to the conversation and shows its beginning. */
  add(item, from = item) {
    this.list.append(item);
    this.reveal(from);
  }

  reveal(item) {
    const top = item.offsetTop - 12;
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.log.scrollTo({ top, behavior: calm ? "auto" : "smooth" });
  }

  toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
  }

  focusField() {
    // On phones the field would bring up the keyboard over the words that matter.
    if (window.matchMedia("(pointer: coarse)").matches) this.log.focus();
    else this.field.focus();
  }

  toggleMenu(open) {
    this.menu.hidden = !open;
    this.menuButton.setAttribute("aria-expanded", String(open));
    if (open) this.menu.firstElementChild.focus();
  }

  choose(act) {
    this.toggleMenu(false);
    this.menuButton.focus();
    act();
  }

  setModal() {
    const modal = this.narrow.matches && !this.inline;
    if (modal) this.root.setAttribute("aria-modal", "true");
    else this.root.removeAttribute("aria-modal");
  }

  /** A phone's keyboard lies over the page: where the panel fills the screen it shrinks to what is left. */
  makeRoomForKeyboard() {
    const { height, offsetTop, scale } = window.visualViewport;
    const covered = this.root.getAttribute("aria-modal") && scale === 1 && window.innerHeight - height > 80;
    this.root.style.blockSize = covered ? `${height}px` : "";
    this.root.style.insetBlock = covered ? `${offsetTop}px auto` : "";
  }

  key(event) {
    if (event.key === "Escape" && !event.isComposing) {
      event.stopPropagation();
      if (!this.menu.hidden) {
        this.toggleMenu(false);
        this.menuButton.focus();
      } else if (!this.inline) this.act.close();
    } else if (event.key === "Tab" && this.root.getAttribute("aria-modal")) this.stayInside(event);
  }

  /** On a small screen the panel covers the page: Tab goes round in it. */
  stayInside(event) {
    const all = [...this.root.querySelectorAll("a[href], button, textarea, summary, [tabindex='0']")].filter((node) => node.getClientRects().length);
    const [first, last] = [all[0], all[all.length - 1]];
    const active = this.root.getRootNode().activeElement;
    if (event.shiftKey && active === first) {
      event.preventDefault();
      last.focus();
    } else if (!event.shiftKey && active === last) {
      event.preventDefault();
      first.focus();
    }
  }
}
