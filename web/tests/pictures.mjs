// Pictures of the pages of the running demo, as each role sees them; what is wrong with a page is said on the way, and
// fails at the end.
//
//   node web/tests/pictures.mjs BINARY DATA-FOLDER OUT-FOLDER README-PICTURE

import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { WIDTHS, cleanUp, faults, openBrowser, person, serve } from "./browser.mjs";

const [binary, data, out, front] = process.argv.slice(2);
await mkdir(out, { recursive: true });
await mkdir(dirname(front), { recursive: true });

const PAGES = {
  caseworker: { corner: "/", caseload: "/caseload", clients: "/clients", file: first("/caseload", 'main a[href^="/clients/0"]'), referrals: "/referrals", systems: "/systems", signals: "/signals", issues: "/issues" },
  supervisor: { corner: "/", supervise: "/supervise", crises: "/supervise/crises", disparities: "/disparities" },
  organizer: { corner: "/", signals: "/signals", signal: first("/signals", "ol.card-list h2 a"), "issue-new": "/issues/new", issues: "/issues", issue: first("/issues", 'main a[href^="/issues/0"]') },
  evaluator: { disparities: "/disparities", evaluations: "/evaluations", "evaluation-new": "/evaluations/new", evaluation: first("/evaluations", 'main a[href^="/evaluations/0"]'), imports: "/imports" },
  administrator: { corner: "/", imports: "/imports", people: "/people", audit: "/audit" },
  privacy_officer: { signals: "/signals", audit: "/audit" },
};
const IN_SPANISH = { caseworker: ["corner", "file"], organizer: ["signals", "signal", "issue"], evaluator: ["evaluation"] };

/** A page that is reached by the first link of a list. */
function first(list, selector) {
  return { list, selector };
}

async function address(page, base, where) {
  if (typeof where === "string") return `${base}${where}`;
  await page.goto(`${base}${where.list}`);
  const link = page.locator(where.selector).first();
  if ((await link.count()) === 0) return null;
  return `${base}${await link.getAttribute("href")}`;
}

const browser = await openBrowser();
let taken = 0;
let faulty = 0;
try {
  const server = await serve(binary, ["demo", "--port", "0", "--data", data]);
  const base = server.address;
  const logins = new Map();
  for (const found of server.said().matchAll(/^ +(\S+) +(\S+) +\(.*, (\w+)\)$/gm)) logins.set(found[3], [found[1], found[2]]);
  if (logins.size === 0) throw new Error(`the demo names no logins:\n${server.said()}`);

  async function picture(somebody, role, name, language) {
    const to = await address(somebody.page, base, PAGES[role][name]);
    if (to === null) {
      console.log(`${role} ${name}: there is nothing to show yet`);
      return;
    }
    const answer = await somebody.page.goto(to, { waitUntil: "load" });
    if (answer.status() !== 200) throw new Error(`${to} answered ${answer.status()} to ${role}`);
    await somebody.page.waitForTimeout(300);
    await somebody.page.screenshot({ path: join(out, `${role}-${name}-${language}-${somebody.width}.png`), fullPage: true });
    taken += 1;
    const wrong = await faults(somebody);
    // The demo shows the whole loop: a page that says that something failed is not one to show.
    for (const notice of await somebody.page.locator('main [role="alert"]').allInnerTexts()) wrong.push(`it says: ${notice}`);
    for (const fault of wrong) console.log(`not ok - ${role} ${name} at ${somebody.width} (${language}): ${fault}`);
    faulty += wrong.length;
    if (role === "organizer" && name === "signal" && language === "en" && somebody.width === 1280) {
      await somebody.page.screenshot({ path: front, clip: { x: 0, y: 0, width: 1280, height: 860 } });
    }
  }

  for (const [role, [login, passphrase]] of logins) {
    const somebody = await person(browser);
    const { page } = somebody;
    await page.goto(`${base}/login`);
    if (taken === 0) await page.screenshot({ path: join(out, "nobody-login-en-1280.png"), fullPage: true });
    await page.locator('[name="login"]').fill(login);
    await page.locator('[name="passphrase"]').fill(passphrase);
    await page.locator('form[action="/login"] button[type=submit]').click();
    await page.waitForURL(`${base}/`);
    for (const language of ["en", "es"]) {
      await page.goto(`${base}/language/${language}?back=/`);
      const names = language === "en" ? Object.keys(PAGES[role] ?? {}) : (IN_SPANISH[role] ?? []);
      for (const width of WIDTHS) {
        somebody.width = width;
        await page.setViewportSize({ width, height: width < 600 ? 844 : 900 });
        for (const name of names) await picture(somebody, role, name, language);
      }
    }
    await somebody.context.close();
  }
} finally {
  await cleanUp(browser);
}
console.log(`${taken} pictures in ${out}, ${faulty} faults`);
process.exitCode = faulty > 0 ? 1 : 0;
