// What is typed into a form with `data-draft` is kept on the server a second later, and on this device until the server
// has it. Each text belongs to one author, one form and one record: the key on this device names all three, and the
// server finds a draft by all three or not at all.

const PAUSE = 1_000;
const AGAIN = 5_000;

/** Two windows on one record keep their texts apart on this device. */
function ownWindow(): string {
  try {
    const id = sessionStorage.getItem("groundswell-window") ?? Math.random().toString(36).slice(2);
    sessionStorage.setItem("groundswell-window", id);
    return id;
  } catch {
    return "";
  }
}

interface Mirror {
  fields: [string, string][];
  at: string;
  /** The text belongs to a version of the server's draft. */
  base: string;
}

class Draft {
  private readonly url: string;
  /** What the keys of this author, form and record begin with; the rest is the window's. */
  private readonly places: string;
  private readonly place: string;
  private timer = 0;
  /** What the server has. */
  private kept: string;
  private isSending = false;
  private isSent = false;
  /** Another window holds a newer text: this one waits for the person. */
  private isBehind = false;

  constructor(private readonly form: HTMLFormElement) {
    this.url = form.dataset.draft ?? "";
    this.places = `groundswell-draft ${form.dataset.author ?? ""} ${this.url} `;
    this.place = `${this.places}${ownWindow()}`;
    this.kept = this.text();
    form.addEventListener("input", () => this.changed());
    form.addEventListener("change", () => this.changed());
    form.addEventListener("focusout", () => this.flush());
    form.addEventListener("submit", (event) => this.submitted(event));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.flush();
    });
    window.addEventListener("pagehide", () => this.flush());
    window.addEventListener("online", () => this.flush());
    window.addEventListener("pageshow", (event) => {
      if (event.persisted) this.isSent = false;
    });
    for (const button of form.querySelectorAll<HTMLElement>("[data-no-script]")) button.hidden = true;
    void this.bringBack();
  }

  private fields(): [string, string][] {
    const fields: [string, string][] = [];
    for (const [name, value] of new FormData(this.form)) {
      if (typeof value === "string" && value !== "" && !["csrf", "draft_at", "back"].includes(name)) fields.push([name, value]);
    }
    return fields;
  }

  private text(): string {
    return JSON.stringify(this.fields());
  }

  private field(name: string): HTMLInputElement | null {
    return this.form.querySelector<HTMLInputElement>(`input[name="${name}"]`);
  }

  private say(key: "saved" | "kept" | "ended" | "newer" | "back" | "other", more = "", use?: () => void): void {
    const state = this.form.querySelector<HTMLElement>("[data-draft-state]");
    if (!state) return;
    const data = this.form.dataset;
    const words = {
      saved: data.saySaved,
      kept: data.sayKept,
      ended: data.sayEnded,
      newer: data.sayNewer,
      back: data.sayBack,
      other: data.sayOther,
    }[key];
    state.textContent = `${words ?? ""}${more}`;
    state.classList.toggle("draft-state--open", key !== "saved" && key !== "back");
    if (key === "ended") {
      const link = document.createElement("a");
      link.href = `/login?next=${encodeURIComponent(location.pathname)}`;
      link.textContent = data.sayLogin ?? "";
      state.append(" ", link);
    }
    if (use) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn--quiet";
      button.textContent = data.sayUse ?? "";
      button.addEventListener("click", () => {
        use();
        const base = this.field("draft_at");
        if (base) base.value = "any";
        this.isBehind = false;
        void this.save();
      });
      state.append(" ", button);
    }
  }

  private mirror(): void {
    const mirror: Mirror = { fields: this.fields(), at: new Date().toISOString(), base: this.field("draft_at")?.value ?? "" };
    try {
      localStorage.setItem(this.place, JSON.stringify(mirror));
    } catch {
      // A browser that keeps nothing: the server still does.
    }
  }

  private forget(place = this.place): void {
    try {
      localStorage.removeItem(place);
    } catch {
      // As above.
    }
  }

  private changed(): void {
    if (this.isSent) return;
    this.mirror();
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.save(), PAUSE);
  }

  /** Saves now what would be saved in a moment. */
  private flush(): void {
    if (this.isSent || this.isBehind || this.text() === this.kept) return;
    clearTimeout(this.timer);
    void this.save();
  }

  private async save(): Promise<void> {
    if (this.isSent || this.isBehind) return;
    if (this.isSending) {
      this.timer = window.setTimeout(() => void this.save(), PAUSE);
      return;
    }
    const text = this.text();
    this.isSending = true;
    const answer = await this.send(this.fields(), this.field("draft_at")?.value ?? "");
    this.isSending = false;
    if (this.isSent) return;
    switch (answer) {
      case "saved":
        this.kept = text;
        if (this.text() === text) {
          this.forget();
          const time = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
          this.say("saved", ` ${time}`);
        }
        break;
      case "done":
        this.forget();
        break;
      case "newer":
        this.isBehind = true;
        this.say("newer", "", () => undefined);
        break;
      case "ended":
        this.say("ended");
        break;
      case "failed":
        this.say("kept");
        clearTimeout(this.timer);
        this.timer = window.setTimeout(() => void this.save(), AGAIN);
    }
  }

  private async send(fields: [string, string][], base: string): Promise<"saved" | "done" | "newer" | "ended" | "failed"> {
    const body = new URLSearchParams(fields);
    body.append("csrf", this.field("csrf")?.value ?? "");
    body.append("draft_at", base);
    try {
      // A page that is being left still gets its text away, within the browser's limit for such requests.
      const keepalive = body.toString().length < 60_000;
      const answer = await fetch(this.url, { method: "POST", body, keepalive, headers: { accept: "application/json" } });
      if (answer.ok) {
        const { at } = (await answer.json()) as { at?: string };
        if (at === undefined) return "done";
        const field = this.field("draft_at");
        if (field) field.value = at;
        return "saved";
      }
      if (answer.status === 409) return "newer";
      return answer.status === 403 || answer.status === 404 ? "ended" : "failed";
    } catch {
      return "failed";
    }
  }

  /** Texts that this device kept because the server did not have them, this window's own first, then the newest. */
  private keptHere(): [string, Mirror][] {
    const found: [string, Mirror][] = [];
    try {
      for (const key of Object.keys(localStorage)) {
        if (key.startsWith(this.places)) found.push([key, JSON.parse(localStorage.getItem(key) ?? "") as Mirror]);
      }
    } catch {
      return found;
    }
    const own = (key: string): number => (key === this.place ? 0 : 1);
    return found.sort(([a, x], [b, y]) => own(a) - own(b) || y.at.localeCompare(x.at));
  }

  /** Such a text goes to the server first, and into the form then; what another window wrote since then is not lost. */
  private async bringBack(): Promise<void> {
    const before = this.text();
    for (const [place, mirror] of this.keptHere()) {
      const answer = await this.send(mirror.fields, mirror.base);
      if (answer === "done") {
        this.forget(place);
        continue;
      }
      // Somebody who was quicker than the answer keeps what they are typing now.
      if (this.text() !== before) return;
      if (answer === "newer") {
        this.say("other", "", () => {
          this.fill(mirror.fields);
          this.forget(place);
        });
        return;
      }
      this.fill(mirror.fields);
      if (answer === "saved") {
        this.forget(place);
        this.kept = this.text();
        this.say("back");
      } else {
        this.say(answer === "ended" ? "ended" : "kept");
      }
      return;
    }
  }

  private fill(fields: [string, string][]): void {
    for (const control of Array.from(this.form.elements)) {
      const isOwn =
        control instanceof HTMLInputElement || control instanceof HTMLTextAreaElement || control instanceof HTMLSelectElement;
      if (!isOwn || !control.name || ["csrf", "draft_at", "back"].includes(control.name)) continue;
      const values = fields.filter(([name]) => name === control.name).map(([, value]) => value);
      if (control instanceof HTMLInputElement && (control.type === "checkbox" || control.type === "radio")) {
        control.checked = values.includes(control.value);
      } else {
        control.value = values[0] ?? "";
      }
    }
    for (const folded of this.form.querySelectorAll<HTMLDetailsElement>("details")) {
      if (folded.querySelector("input:not([type]):not([value='']), textarea:not(:placeholder-shown)")) folded.open = true;
    }
  }

  private submitted(event: SubmitEvent): void {
    if (event.defaultPrevented) return;
    clearTimeout(this.timer);
    // Until the next page has come, the text stays on this device: a server that has gone away loses nothing.
    if (event.submitter?.hasAttribute("data-discard")) this.forget();
    else this.mirror();
    this.isSent = true;
  }
}

export function keepDrafts(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-draft]")) new Draft(form);
}
