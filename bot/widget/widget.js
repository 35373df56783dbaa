/*
 * The one line that a page embeds:
 *
 *   <script src="https://bot.clinic.example/web/widget.js" data-title="Ask us" defer></script>
 *
 * It draws the launcher and loads the chat itself only when it is opened. Attributes: see docs/web.md.
 * No markup is ever made from a string, and nothing is fetched from anywhere but the address of this script.
 */
(() => {
  "use strict";

  const script = document.currentScript;
  if (!script || !script.src) return;
  // One launcher is enough, however often the line stands on the page.
  const STANDS = Symbol.for("patient-chat");
  if (!("inline" in script.dataset)) {
    if (window[STANDS]) return;
    window[STANDS] = true;
  }
  const base = new URL(".", script.src);
  const given = script.dataset;
  const OPEN = `patient-chat open ${base.href}`;
  const DEFAULT_ACCENT = [11, 95, 107];
  const WHITE = [255, 255, 255];
  const INK = [16, 28, 32];
  const DARK_SURFACE = [24, 34, 40];
  const MIN_CONTRAST = 4.5; // WCAG 2.2, 1.4.3
  const DARK_CONTRAST = 6.5; // light words on dark look thinner than they are

  const storage = {
    get: (key) => { try { return sessionStorage.getItem(key); } catch { return null; } },
    set: (key, value) => { try { value === null ? sessionStorage.removeItem(key) : sessionStorage.setItem(key, value); } catch { /* the browser keeps nothing */ } },
  };

  /* --- colours: whatever the site chooses, words stay readable --- */

  function luminance(color) {
    const [r, g, b] = color.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }

  function contrast(one, other) {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  }

  function readable(color, surface, wanted) {
    const toward = luminance(surface) > 0.4 ? [0, 0, 0] : WHITE;
    for (let share = 0; share <= 1; share += 0.05) {
      const mixed = color.map((part, index) => Math.round(part + (toward[index] - part) * share));
      if (contrast(mixed, surface) >= wanted) return mixed;
    }
    return toward;
  }

  function parsed(text) {
    const probe = document.createElement("span");
    probe.style.color = text || "";
    if (!probe.style.color) return null;
    document.documentElement.append(probe);
    const parts = getComputedStyle(probe).color.match(/[\d.]+/g);
    probe.remove();
    return parts && parts.length === 3 ? parts.map(Number) : null;
  }

  function setColors(host) {
    const accent = parsed(given.color) || DEFAULT_ACCENT;
    const on = contrast(WHITE, accent) >= contrast(INK, accent) ? WHITE : INK;
    const css = (color) => `rgb(${color.join(" ")})`;
    host.style.setProperty("--accent", css(accent));
    host.style.setProperty("--on-accent", css(on));
    host.style.setProperty("--accent-on-light", css(readable(accent, WHITE, MIN_CONTRAST)));
    host.style.setProperty("--accent-on-dark", css(readable(accent, DARK_SURFACE, DARK_CONTRAST)));
  }

  /* --- language and direction --- */

  async function loadTexts() {
    const wanted = given.lang || document.documentElement.lang || navigator.language || "en";
    const language = wanted.toLowerCase().split("-")[0].replace(/[^a-z]/g, "") || "en";
    for (const name of [language, "en"]) {
      try {
        const answer = await fetch(new URL(`assets/texts/${name}.json`, base), { credentials: "omit" });
        if (answer.ok) return { ...(await answer.json()), lang: name };
      } catch { /* the next one, or none */ }
    }
    return null;
  }

  /* --- launcher --- */

  const LAUNCHER_STYLE = `
    :host { all: initial !important; }
    :host([data-place="float"]) { position: fixed !important; inset: auto 0 0 auto !important; z-index: 2147483000 !important; }
    :host([data-place="inline"]) { display: block !important; }
    .launcher, .launcher-note { box-sizing: border-box; font: 600 max(16px, 1rem)/1.3 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
    .launcher { position: fixed; inset-block-end: 20px; inset-inline-end: 20px; max-inline-size: calc(100vw - 40px);
      display: inline-flex; align-items: center; gap: 10px; min-block-size: 56px; padding: 12px 22px 12px 18px; cursor: pointer;
      color: var(--on-accent); background: var(--accent); border: 2px solid var(--on-accent); border-radius: 30px;
      box-shadow: 0 6px 24px rgb(0 20 30 / .28), 0 1px 4px rgb(0 20 30 / .2); }
    :host([data-position="bottom-left"]) .launcher, :host([data-position="bottom-left"]) .launcher-note { inset-inline: 20px auto; }
    .launcher:hover { filter: brightness(1.08); }
    .launcher:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
    .launcher[aria-busy="true"] { cursor: progress; opacity: .85; }
    .launcher svg { inline-size: 26px; block-size: 26px; flex: none; }
    .launcher-note { position: fixed; inset-block-end: 90px; inset-inline-end: 20px; max-inline-size: min(320px, calc(100vw - 40px));
      margin: 0; padding: 12px 16px; font-weight: 400; color: #101c20; background: #fff; border: 2px solid #9b1c1c; border-radius: 12px; }
    .launcher-note:empty { display: none; }
    [hidden] { display: none !important; }
    @media print { .launcher, .launcher-note { display: none; } }
    @media (forced-colors: active) { .launcher { border: 2px solid ButtonText; } }
  `;

  function bubbleIcon() {
    const space = "http://www.w3.org/2000/svg";
    const icon = document.createElementNS(space, "svg");
    icon.setAttribute("viewBox", "0 0 24 24");
    icon.setAttribute("aria-hidden", "true");
    icon.setAttribute("focusable", "false");
    const path = document.createElementNS(space, "path");
    path.setAttribute("fill", "currentColor");
    path.setAttribute("d", "M5 3h14a3 3 0 0 1 3 3v9a3 3 0 0 1-3 3h-6.2L8 22.2c-.7.6-1.7.1-1.7-.8V18H5a3 3 0 0 1-3-3V6a3 3 0 0 1 3-3Zm6 4v2.5H8.500v2H11V14h2v-2.500h2.500v-2H13V7h-2Z");
    path.setAttribute("fill-rule", "evenodd");
    icon.append(path);
    return icon;
  }

  /* Style sheets made by script need no permission from a strict policy; browsers before 2023 get an element. */
  function addStyle(root, css) {
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    } catch {
      const style = document.createElement("style");
      style.textContent = css;
      root.append(style);
    }
  }

  function place() {
    const inline = "inline" in given;
    const target = inline && given.inline ? document.querySelector(given.inline) : null;
    const host = document.createElement("patient-chat");
    host.dataset.place = inline ? "inline" : "float";
    host.dataset.position = given.position === "bottom-left" ? "bottom-left" : "bottom-right";
    if (target) target.append(host);
    else if (inline && script.parentElement !== document.head) script.after(host);
    else document.body.append(host);
    return host;
  }

  async function start() {
    const texts = await loadTexts();
    if (!texts) return;
    const host = place();
    setColors(host);
    const root = host.attachShadow({ mode: "open" });
    addStyle(root, LAUNCHER_STYLE);
    host.dir = given.dir || (getComputedStyle(document.documentElement).direction === "rtl" ? "rtl" : texts.dir);
    host.lang = texts.lang;

    const inline = host.dataset.place === "inline";
    const launcher = document.createElement("button");
    launcher.type = "button";
    launcher.className = "launcher";
    launcher.setAttribute("aria-expanded", "false");
    launcher.setAttribute("aria-haspopup", "dialog");
    const label = document.createElement("span");
    label.textContent = given.launcher || texts.launcher;
    launcher.append(bubbleIcon(), label);
    launcher.hidden = inline;
    const note = document.createElement("p");
    note.className = "launcher-note";
    note.setAttribute("role", "alert");
    root.append(note, launcher);

    let chat = null;
    let opening = false;
    async function open(focus) {
      if (opening) return;
      opening = true;
      launcher.setAttribute("aria-busy", "true");
      label.textContent = texts.loading;
      note.textContent = "";
      try {
        if (!chat) {
          const module = await import(new URL("assets/chat.js", base).href);
          const options = { title: given.title || texts.title, theme: given.theme, inline };
          chat = await module.mount({ root, host, base, texts, options, storage, addStyle, onClose: closed });
        }
        launcher.hidden = true;
        launcher.setAttribute("aria-expanded", "true");
        storage.set(OPEN, "yes");
        chat.show(focus);
      } catch {
        note.textContent = texts.open_failed;
      } finally {
        opening = false;
        launcher.removeAttribute("aria-busy");
        label.textContent = given.launcher || texts.launcher;
      }
    }
    function closed() {
      storage.set(OPEN, null);
      launcher.hidden = false;
      launcher.setAttribute("aria-expanded", "false");
      launcher.focus();
    }
    launcher.addEventListener("click", () => open(true));
    if (inline || storage.get(OPEN)) open(false);
  }

  start();
})();
