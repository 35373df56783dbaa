/* The interface's words in one language, and dates as its readers write them. */

export class Texts {
  constructor(words) {
    this.words = words;
    this.lang = words.lang;
    this.values = {};
  }

  /** What the clinic fills into the words. */
  setClinic(config) {
    const { clinic } = config;
    this.values = {
      clinic_name: clinic.name,
      clinic_phone: clinic.phone.number,
      emergency_number: clinic.emergency.number,
    };
  }

  /** The text `key` with its `{values}`. */
  t(key, values = {}) {
    const all = { ...this.values, ...values };
    return String(this.words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => all[name] ?? whole);
  }

  /** An ISO date (2026-01-31) in words. */
  date(iso) {
    const day = new Date(`${iso}T00:00:00Z`);
    if (Number.isNaN(day.getTime())) return iso;
    return new Intl.DateTimeFormat(this.lang, { dateStyle: "long", timeZone: "UTC" }).format(day);
  }

  today() {
    return new Intl.DateTimeFormat(this.lang, { dateStyle: "long" }).format(new Date());
  }
}
