// In an assessment, questions that do not apply are hidden. The server leaves their answers out in any case.

function holds(form: HTMLFormElement, condition: string): boolean {
  const [name, codes] = condition.split(":");
  const data = new FormData(form).getAll(name ?? "");
  return (codes ?? "").split(",").some((code) => data.includes(code));
}

export function assessments(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-assess]")) {
    const items = form.querySelectorAll<HTMLElement>("[data-show-if]");
    const update = () => {
      for (const item of items) {
        item.hidden = !(item.dataset.showIf ?? "").split(";").every((condition) => holds(form, condition));
      }
    };
    form.addEventListener("change", update);
    // A draft that came back fills the form without a change of the person's.
    window.setTimeout(update, 600);
    update();
  }
}
