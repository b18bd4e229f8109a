// The ecomap as something to work on: a circle opens its form beside the picture without leaving the page, arrow keys
// walk around the circles. Without this every circle is a link that does the same with a page load.

const PANEL = "tie-panel";

/** Puts the form of a circle beside the picture and the focus on its heading. */
async function open(circle: SVGAElement): Promise<void> {
  const address = circle.href.baseVal;
  const panel = document.getElementById(PANEL);
  if (!panel) return;
  try {
    const answer = await fetch(address.split("#")[0] ?? address, { headers: { Accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(PANEL);
    if (!answer.ok || !fresh) throw new Error("no form came back");
    panel.replaceChildren(...[...fresh.childNodes].map((node) => document.importNode(node, true)));
  } catch {
    location.assign(address);
    return;
  }
  for (const other of circles()) other.removeAttribute("aria-current");
  circle.setAttribute("aria-current", "true");
  history.replaceState(history.state, "", address);
  const heading = panel.querySelector<HTMLElement>("h2");
  heading?.focus({ preventScroll: true });
  const box = panel.getBoundingClientRect();
  if (box.top < 0 || box.top > innerHeight * 0.7) panel.scrollIntoView({ block: "start" });
}

function circles(): SVGAElement[] {
  return [...document.querySelectorAll<SVGAElement>("a.eco__node")];
}

function circleOf(event: Event): SVGAElement | null {
  return (event.target as Element).closest<SVGAElement>("a.eco__node");
}

export function liveEcomap(): void {
  if (circles().length === 0) return;
  document.addEventListener("click", (event) => {
    const circle = circleOf(event);
    if (!circle || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    // Typed text is not thrown away unasked: then the link is followed, and the page asks.
    const typed = [...document.querySelectorAll<HTMLTextAreaElement>(`#${PANEL} textarea`)];
    if (typed.some((field) => field.value !== field.defaultValue)) return;
    event.preventDefault();
    void open(circle);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && (event.target as Element).closest(`#${PANEL}`)) {
      document.querySelector<SVGAElement>("a.eco__node[aria-current]")?.focus();
      return;
    }
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const circle = circleOf(event);
    if (!circle || step === undefined) return;
    event.preventDefault();
    const all = circles();
    all[(all.indexOf(circle) + step + all.length) % all.length]?.focus();
  });
}
