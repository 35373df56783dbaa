/*
 * Speaks to the clinic's server, and knows nothing of the page.
 *
 * The session's token lives in this browser tab alone (sessionStorage): closing the tab ends the chat. A message keeps
 * its id through all retries, so that the server works on it once.
 */

const TIMEOUT = 35_000; // a little longer than the server gives itself
const DELAYS = [1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000, 15_000, 15_000, 15_000];

/** Why something did not work. `kind`: unreachable, ended, limited, refused or rejected. */
export class Problem extends Error {
  constructor(kind, { replies = [], retryAfter = 0, code = "" } = {}) {
    super(kind);
    this.kind = kind;
    this.replies = replies;
    this.retryAfter = retryAfter;
    this.code = code;
  }

  get passes() {
    return this.kind === "unreachable" || this.kind === "limited";
  }
}

export class Transport {
  constructor(base, storage, lang) {
    this.base = base;
    this.storage = storage;
    this.lang = lang;
    this.tokenKey = `patient-chat session ${base.href}`;
    this.waitingKey = `patient-chat waiting ${base.href}`;
    this.token = storage.get(this.tokenKey);
    this.wake = null;
    window.addEventListener("online", () => this.tryNow());
  }

  get hasSession() {
    return Boolean(this.token);
  }

  config() {
    return this.call("GET", "config");
  }

  /** Begins a conversation; the patient has accepted the notice. */
  async begin() {
    await this.call("POST", "session", { notice_accepted: true });
  }

  history(after = 0) {
    return this.call("GET", `messages?after=${after}`);
  }

  feedback(mark) {
    return this.call("POST", "feedback", mark);
  }

  async erase() {
    await this.call("DELETE", "conversation");
    this.end();
  }

  /** Forgets the session in this tab. */
  end() {
    this.token = null;
    this.storage.set(this.tokenKey, null);
    this.storage.set(this.waitingKey, null);
  }

  newId() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  /** Messages that were on their way when the page was left, oldest first. They are kept in this tab until answered. */
  waiting() {
    try {
      return JSON.parse(this.storage.get(this.waitingKey)) ?? [];
    } catch {
      return [];
    }
  }

  expect(message) {
    this.keepWaiting([...this.waiting().filter((item) => item.id !== message.id), message]);
  }

  settle(id) {
    this.keepWaiting(this.waiting().filter((item) => item.id !== id));
  }

  keepWaiting(messages) {
    this.storage.set(this.waitingKey, messages.length ? JSON.stringify(messages) : null);
  }

  /**
   * Says something until it is answered: `message` has id and one of text, button, restart.
   * `onTrouble(problem, last)` hears of each failed try; after the last one it waits for `tryNow`.
   */
  async say(message, onTrouble) {
    const path = message.restart ? "restart" : "messages";
    const body = { client_message_id: message.id };
    if (message.text) body.text = message.text;
    if (message.button) body.button = message.button;
    try {
      for (let attempt = 0; ; attempt += 1) {
        try {
          return await this.call("POST", path, body);
        } catch (problem) {
          if (!(problem instanceof Problem) || !problem.passes) throw problem;
          const last = attempt >= DELAYS.length;
          onTrouble(problem, last);
          await this.pause(last ? null : Math.max(DELAYS[attempt], problem.retryAfter * 1_000));
          if (this.dropped) throw new Problem("dropped");
        }
      }
    } finally {
      this.dropped = false;
    }
  }

  /** Ends the wait before the next try. */
  tryNow() {
    this.wake?.();
  }

  /** Gives the waiting message up. */
  drop() {
    this.dropped = true;
    this.wake?.();
  }

  pause(time) {
    return new Promise((done) => {
      const timer = time === null ? null : setTimeout(done, time);
      this.wake = () => { clearTimeout(timer); done(); };
    }).finally(() => { this.wake = null; });
  }

  async call(method, path, body) {
    const headers = { "Accept-Language": this.lang };
    if (this.token) headers.Authorization = `Bearer ${this.token}`;
    if (body) headers["Content-Type"] = "application/json";
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), TIMEOUT);
    let answer;
    let data = null;
    try {
      answer = await fetch(new URL(path, this.base), {
        method, headers, body: body && JSON.stringify(body), signal: abort.signal,
        mode: "cors", credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer",
      });
      data = await answer.json();
    } catch {
      if (!answer || answer.ok) throw new Problem("unreachable");
    } finally {
      clearTimeout(timer);
    }
    if (answer.ok) {
      if (data.session) this.keep(data.session);
      return data;
    }
    throw this.problem(answer, data);
  }

  problem(answer, data) {
    const details = {
      replies: data?.replies ?? [],
      retryAfter: Number(answer.headers.get("Retry-After")) || 0,
      code: data?.error?.code ?? "",
    };
    if (answer.status === 401) return new Problem("ended", details);
    if (answer.status === 403) return new Problem("refused", details);
    if (answer.status === 429) return new Problem("limited", details);
    return new Problem(answer.status >= 500 ? "unreachable" : "rejected", details);
  }

  keep(session) {
    this.token = session.token;
    this.storage.set(this.tokenKey, session.token);
  }
}
