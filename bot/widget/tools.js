/* What a patient can do with an answer: mark it, copy it, print it. */

import { button, el } from "./dom.js";
import { printAnswer } from "./print.js";

const REASONS = ["not_what_i_asked", "hard_to_understand", "out_of_date", "other"];

/** "Did this help?" with thumbs; "no" asks for a reason, and counts also without one. */
export function feedbackRow(block, reply, chat, marked) {
  const { texts } = chat;
  const id = chat.nextId();
  const status = el("p", { class: "feedback-status" });
  const reasons = el("div", { class: "reasons", role: "group", "aria-labelledby": `${id}-why`, hidden: true });
  const thumbs = {
    up: button({ draw: "up", label: texts.t("feedback_up"), kind: "thumb", "aria-pressed": "false", on: () => mark("up") }),
    down: button({ draw: "down", label: texts.t("feedback_down"), kind: "thumb", "aria-pressed": "false", "aria-expanded": "false", on: () => mark("down") }),
  };

  function show(value) {
    for (const [name, thumb] of Object.entries(thumbs)) thumb.setAttribute("aria-pressed", String(name === value));
  }

  async function mark(value, reason) {
    show(value);
    const asking = value === "down" && !reason;
    reasons.hidden = !asking;
    thumbs.down.setAttribute("aria-expanded", String(asking));
    if (reason) thumbs.down.focus(); // the button that had the focus is gone
    const body = { answer_id: block.answer_id, content_version: reply.content_version, value };
    if (reason) body.reason = reason;
    const kept = await chat.mark(body);
    const words = kept ? (asking ? "" : texts.t("feedback_thanks")) : texts.t("feedback_failed");
    if (!kept) show(null);
    status.textContent = words;
    if (words) chat.say(words);
  }

  reasons.append(
    el("p", { id: `${id}-why`, class: "reasons-title", text: texts.t("feedback_why") }),
    ...REASONS.map((reason) => button({ text: texts.t(`reason_${reason}`), kind: "reason", on: () => mark("down", reason) })),
  );
  if (marked) show(marked);
  return el(
    "div",
    { class: "feedback", lang: texts.lang },
    el("div", { class: "feedback-row", role: "group", "aria-labelledby": id }, el("span", { id, text: texts.t("feedback_question") }), thumbs.up, thumbs.down),
    reasons,
    status,
  );
}

/** Copy and print. */
export function answerTools(reply, chat) {
  const { texts } = chat;
  const status = el("span", { class: "tools-status" });
  async function copy() {
    const done = await copied(asText(reply));
    status.textContent = texts.t(done ? "copied" : "copy_failed");
    chat.say(status.textContent);
  }
  return el(
    "div",
    { class: "tools", lang: texts.lang },
    button({ draw: "copy", text: texts.t("copy"), label: texts.t("copy_answer"), kind: "tool", on: copy }),
    button({ draw: "print", text: texts.t("print"), label: texts.t("print_answer"), kind: "tool", on: () => printAnswer(reply, chat) }),
    status,
  );
}

/** The whole answer with its question, source and whole disclaimer. */
export function asText(reply) {
  const whole = reply.disclaimer.full.map(({ runs = [], items = [] }) => [runs, ...items].map((line) => line.map((run) => run.text).join("")).join("\n"));
  return [...reply.blocks.map((block) => block.question), reply.plain, ...whole].join("\n\n");
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedTheOldWay(text); // pages without https have no clipboard
  }
}

function copiedTheOldWay(text) {
  const put = (event) => {
    event.clipboardData.setData("text/plain", text);
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  document.addEventListener("copy", put, { capture: true, once: true });
  try {
    return document.execCommand("copy");
  } catch {
    return false;
  } finally {
    document.removeEventListener("copy", put, { capture: true });
  }
}
