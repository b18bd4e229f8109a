// Enhancements of pages that work without them: htmx for parts that refresh themselves, focus on the error
// summary, one menu open at a time, and a warning before typed text is lost.

import "htmx.org";
import { copyButtons, openTarget, optionsBySystem, printButtons } from "./referrals";
import { liveEcomap } from "./ecomap";
import { enhancePickers } from "./picker";
import { assessments } from "./assess";
import { keepDrafts } from "./drafts";
import { quickLogs } from "./quicklog";

/** The error summary takes the focus, so that it is read first. */
function focusSummary(): void {
  const summary = document.querySelector<HTMLElement>("[data-focus]");
  if (!summary) return;
  summary.focus();
  document.title = `${summary.querySelector("h2")?.textContent ?? ""}: ${document.title}`;
}

/** On a phone the navigation scrolls sideways: the current place is brought into view. */
function showCurrentPlace(): void {
  const list = document.querySelector<HTMLElement>(".topbar__nav");
  const current = list?.querySelector<HTMLElement>("[aria-current]");
  if (list && current) list.scrollLeft = current.offsetLeft - (list.clientWidth - current.offsetWidth) / 2;
}

/** A menu closes on Escape and on a click elsewhere. */
function closeMenus(): void {
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll<HTMLDetailsElement>("details.who[open]")) {
      if (!menu.contains(event.target as Node)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll<HTMLDetailsElement>("details.who[open]")) {
      menu.open = false;
      menu.querySelector("summary")?.focus();
    }
  });
}

/** Leaving a page with typed but unsent text asks first. Only long texts are worth the question. */
function guardTypedText(): void {
  const changed = new Set<HTMLFormElement>();
  document.addEventListener("input", (event) => {
    const field = event.target as HTMLElement;
    const form = field.closest<HTMLFormElement>('form[method="post"]');
    // A form with a draft loses nothing.
    if (form && !form.dataset.draft && field instanceof HTMLTextAreaElement) changed.add(form);
  });
  document.addEventListener("submit", (event) => changed.delete(event.target as HTMLFormElement));
  window.addEventListener("beforeunload", (event) => {
    const still = [...changed].some((form) => form.isConnected);
    if (still) event.preventDefault();
  });
}

/** A form is sent once, however often its button is pressed. */
function sendOnce(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (event.defaultPrevented || form.method !== "post") return;
    // A download leaves the page as it is.
    if (event.submitter?.hasAttribute("data-stays")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
  });
  // Coming back with the browser's button finds the form usable again.
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll<HTMLFormElement>("form[data-sent]")) delete form.dataset.sent;
  });
}

focusSummary();
showCurrentPlace();
closeMenus();
guardTypedText();
sendOnce();
keepDrafts();
quickLogs();
assessments();
enhancePickers();
liveEcomap();
optionsBySystem();
copyButtons();
printButtons();
openTarget();
