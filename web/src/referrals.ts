// Small helps of the referral pages; without them a person chooses from the longer list and copies by hand.

/** A field that offers options (a datalist) offers those of the chosen system only. */
export function optionsBySystem(): void {
  for (const field of document.querySelectorAll<HTMLInputElement>("input[data-options-by]")) {
    const by = field.form?.elements.namedItem(field.dataset.optionsBy ?? "");
    const list = field.list;
    if (!(by instanceof HTMLSelectElement) || !list) continue;
    const all = [...list.children].filter((it) => it instanceof HTMLOptionElement);
    const show = () => list.replaceChildren(...all.filter((it) => by.value === "" || it.dataset.by === by.value));
    by.addEventListener("change", show);
    // Whoever picks a place from the list has said its system too.
    field.addEventListener("change", () => {
      const found = all.filter((it) => it.value === field.value);
      const [only] = found;
      if (found.length === 1 && only?.dataset.by) {
        by.value = only.dataset.by;
        show();
      }
    });
    show();
  }
}

/** Copies the text of an element, and says so on the button. */
export function copyButtons(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-copy]")) {
    const source = document.getElementById(button.dataset.copy ?? "");
    if (!source || !navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", () => {
      void navigator.clipboard.writeText(source.textContent ?? "").then(() => {
        button.textContent = button.dataset.copied ?? "";
      });
    });
  }
}

export function printButtons(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}

/** A link to one part of a page opens what that part is folded into. */
export function openTarget(): void {
  const open = () => {
    const target = location.hash ? document.getElementById(location.hash.slice(1)) : null;
    for (let at = target?.parentElement; at; at = at.parentElement) {
      if (at instanceof HTMLDetailsElement) at.open = true;
    }
    target?.scrollIntoView();
  };
  if (location.hash) open();
  window.addEventListener("hashchange", open);
}
