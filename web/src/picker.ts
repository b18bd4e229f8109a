// Finding a code by words: typing hides what does not match, in the usual ones and in the whole list. Without scripts the
// whole list is there to be opened.

/** Lower case and without accents, as the server folds what is looked in. */
function fold(text: string): string {
  return text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "").replaceAll("’", "'");
}

function enhance(picker: HTMLElement): void {
  const find = picker.querySelector<HTMLElement>("[data-picker-find]");
  const field = find?.querySelector<HTMLInputElement>("input");
  const found = find?.querySelector<HTMLElement>("[role=status]");
  const all = picker.querySelector<HTMLDetailsElement>("details");
  const items = [...picker.querySelectorAll<HTMLElement>("[data-words]")];
  if (!find || !field || !found || !all) return;
  find.hidden = false;
  const wasOpen = all.open;
  const look = (): HTMLElement[] => {
    const words = fold(field.value).split(/\s+/).filter(Boolean);
    const shown = items.filter((item) => {
      const matches = words.every((word) => item.dataset.words?.includes(word));
      item.hidden = !matches;
      return matches;
    });
    all.open = words.length > 0 ? shown.some((item) => all.contains(item)) : wasOpen;
    found.textContent = shown.length === 0 ? (found.dataset.none ?? "") : "";
    return shown;
  };
  field.addEventListener("input", look);
  field.addEventListener("keydown", (event) => {
    // Enter takes the first match; it does not send a form that is not filled in.
    if (event.key !== "Enter") return;
    event.preventDefault();
    const radio = field.value.trim() ? look()[0]?.querySelector<HTMLInputElement>("input") : null;
    if (!radio) return;
    radio.checked = true;
    radio.focus();
  });
}

/** Every picker of the page. */
export function enhancePickers(): void {
  for (const picker of document.querySelectorAll<HTMLElement>("[data-picker]")) enhance(picker);
}
