/* From what the server says to elements. Nothing here knows of the network. */

import { button, el, icon } from "./dom.js";
import { answerTools, feedbackRow } from "./tools.js";

const TEL = /^tel:\+?\d+$/;
const URGENT_ICON = { emergency: "warning", call_today: "clock", crisis: "heart" };

/** Paragraphs and lists of the API's `Text`. */
export function paragraphs(parts) {
  return parts.map((part) => {
    if (part.type === "paragraph") return el("p", { dir: "auto" }, ...runs(part.runs));
    return el(part.type === "steps" ? "ol" : "ul", { dir: "auto" }, ...part.items.map((item) => el("li", {}, ...runs(item))));
  });
}

/** Stretches of a line. The only links that are ever made are numbers to call. */
function runs(items) {
  return items.map(({ text, href }) => (href && TEL.test(href) ? el("a", { href, class: "tel", text }) : text));
}

/** A number to call. `label` names who answers. */
export function callLink(phone, texts, kind = "") {
  const words = texts.t(phone.label === "Emergency" ? "call_emergency" : "call", { label: phone.label, number: phone.number });
  if (!TEL.test(phone.href)) return el("span", { class: `call ${kind}`, text: words });
  return el("a", { class: `call ${kind}`, href: phone.href }, icon("phone"), el("span", { text: words, dir: "auto" }));
}

/** What the patient said. `state` shows how sending goes; see `setState`. */
export function patientMessage(text, texts) {
  const state = el("div", { class: "state" });
  const bubble = el("div", { class: "bubble", dir: "auto", text });
  const item = el("li", { class: "message patient" }, el("span", { class: "sr-only", text: `${texts.t("you")}:` }), bubble, state);
  return { item, state };
}

/**
 * One reply of the bot.
 *
 * `chat` offers texts, contentLang, tap(button), mark(feedback), say(words to announce).
 */
export function botMessage(reply, chat, { marks = {}, showButtons = true } = {}) {
  const { texts } = chat;
  const urgent = reply.urgency;
  const card = el("div", { class: `card ${urgent ? `urgent ${urgent}` : ""}`, lang: chat.contentLang });
  if (urgent) {
    card.append(el("p", { class: "urgent-title", lang: texts.lang }, icon(URGENT_ICON[urgent]), el("strong", { text: texts.t(`urgent_${urgent}`) })));
  }
  if (reply.urgent_line.length) card.append(el("div", { class: "urgent-line" }, icon("warning"), el("div", {}, ...paragraphs(reply.urgent_line))));
  // Numbers to call stand first where every second counts, and last where they are a way out.
  const calls = reply.phones.length ? el("div", { class: "calls", lang: texts.lang }, ...reply.phones.map((phone) => callLink(phone, texts, urgent ? "big" : ""))) : null;
  if (calls && urgent) card.append(calls);
  if (reply.text.length) card.append(el("div", { class: "words" }, ...paragraphs(reply.text)));
  const feedback = (block) => feedbackRow(block, reply, chat, marks[block.answer_id]);
  const several = reply.blocks.length > 1; // then each has its own thumbs, else they stand at the end
  for (const block of reply.blocks) card.append(answer(block, chat, several ? feedback(block) : null));
  card.append(...paragraphs(reply.closing));
  if (calls && !urgent) card.append(calls);
  if (reply.disclaimer) card.append(disclaimer(reply.disclaimer, texts));
  if (reply.blocks.length) card.append(el("div", { class: "after" }, several ? null : feedback(reply.blocks[0]), answerTools(reply, chat)));
  const author = reply.kind === "person" ? "person" : "bot";
  const item = el("li", { class: `message bot ${author}` }, el("span", { class: "sr-only", text: `${texts.t(author)}:` }), card);
  if (showButtons && reply.buttons.length) item.append(choices(reply, chat));
  return item;
}

/** An approved answer with what belongs to it: question, age, source. */
function answer(block, chat, feedback) {
  const { texts } = chat;
  const { source } = block;
  const from = source.updated_on
    ? texts.t("source_updated", { source: source.source_title, date: texts.date(source.updated_on) })
    : texts.t("source_from", { source: source.source_title });
  return el(
    "section",
    { class: "answer" },
    el("h3", { text: block.question, dir: "auto" }),
    block.notice ? el("p", { class: "old", dir: "auto", text: block.notice }) : null,
    ...paragraphs(block.text),
    el(
      "div",
      { class: "source", lang: texts.lang },
      icon("book"),
      el(
        "div",
        {},
        el("p", {}, el("span", { class: "source-label", text: `${texts.t("source")}: ` }), el("cite", { text: source.article, lang: chat.contentLang }),
          `, ${texts.t("source_section", { section: source.section })}`),
        el("p", { text: `${from}. ${texts.t("reviewed", { date: texts.date(source.reviewed_on) })}.` }),
      ),
    ),
    feedback,
  );
}

function disclaimer({ short, full }, texts) {
  return el(
    "div",
    { class: "disclaimer" },
    icon("info"),
    el("div", {}, el("p", { dir: "auto", text: short }),
      el("details", {}, el("summary", { lang: texts.lang, text: texts.t("disclaimer_more") }), ...paragraphs(full))),
  );
}

/** The buttons under a reply. */
export function choices(reply, chat, title) {
  const { texts } = chat;
  const words = title ?? texts.t(reply.kind === "answer" ? "next" : "choices");
  const id = chat.nextId();
  return el(
    "div",
    { class: "choices", role: "group", "aria-labelledby": id },
    el("p", { id, class: "choices-title", text: words }),
    ...reply.buttons.map((item) => button({ text: item.title, kind: "choice", lang: chat.contentLang, on: () => chat.tap(item) })),
  );
}

/** What a screen reader says of a reply, once. */
export function spoken(reply, texts) {
  const parts = [];
  if (reply.urgency) parts.push(texts.t(`urgent_${reply.urgency}`));
  parts.push(reply.plain);
  if (reply.buttons.length) parts.push(texts.t("announce_choices", { count: reply.buttons.length }));
  return parts.join(". ");
}
