// The quick log without a mouse: Ctrl+Enter sends, the barriers are one stop of the Tab key, and typed letters choose
// among them and, where none fits, in the list beside them.

/** Letters typed within this time belong to one word. */
const PAUSE = 900;

const folded = (text: string): string => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();

/** The first whose label begins with the letters, else the first with a word that does. */
function best<T>(all: T[], label: (it: T) => string, letters: string): T | undefined {
  return (
    all.find((it) => folded(label(it)).startsWith(letters)) ??
    all.find((it) => folded(label(it)).split(/\s+/).some((word) => word.startsWith(letters)))
  );
}

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
  let wasTicked: HTMLInputElement | null = null;
  /** The line of the list that it has chosen so far. */
  let listed: HTMLOptionElement | null = null;
  const forget = (): void => {
    letters = "";
    ticked = wasTicked = listed = null;
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
    if (event.key.length !== 1 || (event.key === " " && letters === "")) return;
    event.preventDefault();
    clearTimeout(timer);
    timer = window.setTimeout(forget, PAUSE);
    letters += event.key === " " ? " " : folded(event.key);
    const options = more ? Array.from(more.options).filter((it) => it.value !== "") : [];
    const found = best<HTMLInputElement | HTMLOptionElement>([...boxes, ...options], (it) => (it instanceof HTMLInputElement ? label(it) : it.text), letters);
    if (!found) return;
    // What the letters before this one chose was not meant.
    if (ticked && ticked !== found) ticked.checked = false;
    if (listed && more && listed !== found) more.value = "";
    ticked = listed = null;
    if (found instanceof HTMLInputElement) {
      if (!found.checked || wasTicked === found) ticked = wasTicked = found;
      found.checked = true;
      go(found);
    } else if (more) {
      more.value = found.value;
      listed = found;
      go(more);
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
