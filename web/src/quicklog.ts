// The quick log without a mouse: Ctrl+Enter sends, the barriers are one stop of the Tab key, and typed letters choose
// among them and, where none fits, in the list beside them.

/** Letters typed within this time belong to one word. */
const PAUSE = 900;

const folded = (text: string): string => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();

/** Whether a label or one of its words begins with the letters. */
const fits = (label: string, letters: string): boolean => {
  const text = folded(label);
  return text.startsWith(letters) || text.split(/\s+/).some((word) => word.startsWith(letters));
};

function chooseByLetters(group: HTMLElement): void {
  const boxes = Array.from(group.querySelectorAll<HTMLInputElement>("input[type=checkbox]"));
  const more = group.querySelector<HTMLSelectElement>("select");
  const stops: HTMLElement[] = more ? [...boxes, more] : boxes;
  const label = (box: HTMLInputElement): string => box.labels?.[0]?.textContent ?? "";
  const stay = (at: HTMLElement): void => {
    for (const stop of stops) stop.tabIndex = stop === at ? 0 : -1;
  };
  const go = (to: HTMLElement): void => {
    stay(to);
    to.focus();
  };
  const first = stops[0];
  if (first) stay(first);

  let letters = "";
  let timer = 0;
  /** The box that this word has ticked so far: the next letter may tick another one instead. */
  let ticked: HTMLInputElement | null = null;
  const forget = (): void => {
    letters = "";
    ticked = null;
  };

  group.addEventListener("focusin", (event) => stay(event.target as HTMLElement));
  group.addEventListener("focusout", (event) => {
    if (!group.contains(event.relatedTarget as Node | null)) forget();
  });
  group.addEventListener("keydown", (event) => {
    const at = stops.indexOf(event.target as HTMLElement);
    if (at < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
    const isList = event.target === more;
    const step = event.key === "ArrowRight" || (event.key === "ArrowDown" && !isList) ? 1 : event.key === "ArrowLeft" || (event.key === "ArrowUp" && !isList) ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      const to = stops[(at + step + stops.length) % stops.length];
      if (to) go(to);
      return;
    }
    // The list chooses by letters itself.
    if (event.key.length !== 1 || event.key === " " || isList) return;
    event.preventDefault();
    clearTimeout(timer);
    timer = window.setTimeout(forget, PAUSE);
    letters += folded(event.key);
    const box = boxes.find((it) => fits(label(it), letters));
    if (ticked && ticked !== box) {
      ticked.checked = false;
      ticked = null;
    }
    if (box) {
      if (!box.checked) ticked = box;
      box.checked = true;
      go(box);
    } else if (more) {
      const option = Array.from(more.options).find((it) => it.value !== "" && fits(it.text, letters));
      if (option) {
        more.value = option.value;
        go(more);
      }
    }
    group.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

export function quickLogs(): void {
  for (const group of document.querySelectorAll<HTMLElement>("[data-chips]")) chooseByLetters(group);
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-draft]")) {
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      form.requestSubmit();
    });
    // A day that was typed is a day that is meant.
    const day = form.querySelector<HTMLInputElement>('input[name="due_on"]');
    day?.addEventListener("input", () => {
      const choice = form.querySelector<HTMLInputElement>('input[name="due"][value="day"]');
      if (choice && day.value) choice.checked = true;
    });
  }
  // "#log-words" in an address leads into the text.
  if (location.hash === "#log-words") document.querySelector<HTMLElement>("#log-words")?.focus();
}
