// A caseworker's minute on the phone: the real program, a real browser, no mouse. A note with a barrier and a task in
// three keystrokes beyond the text; the server killed in the middle of a note, and the text is there again.
// One line for each thing looked at: `ok - ...` or `not ok - ...`.
//
//   node web/tests/casework.mjs target/debug/groundswell

import assert from "node:assert/strict";
import { createServer } from "node:net";
import { cleanUp, faults, openBrowser, person, serve, temporary } from "./browser.mjs";

const binary = process.argv[2] ?? "target/debug/groundswell";
const PASSPHRASE = "otter lamp ginger cobalt 41";
let failed = 0;

function say(what, problems) {
  if (problems.length === 0) {
    console.log(`ok - ${what}`);
    return;
  }
  failed += 1;
  console.log(`not ok - ${what}`);
  for (const problem of problems) console.log(`    ${problem}`);
}

async function step(what, work) {
  try {
    await work();
    say(what, []);
  } catch (error) {
    say(what, [error.message.split("\n").slice(0, 8).join("\n    ")]);
  }
}

async function look(somebody, what) {
  say(`${what} at ${somebody.width} (${somebody.language})`, await faults(somebody));
}

/** A port that was free a moment ago: the server must come back under the same address. */
async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

const path = (page) => new URL(page.url()).pathname;

async function send(page, action) {
  await page.locator(`form[action="${action}"] button[type=submit]`).first().click();
  await page.waitForLoadState("load");
}

async function logIn(page, base, login, next = "/") {
  await page.goto(`${base}/login?next=${encodeURIComponent(next)}`);
  await page.locator('[name="login"]').fill(login);
  await page.locator('[name="passphrase"]').fill(PASSPHRASE);
  await send(page, "/login");
}

/** Presses Tab until the field with this name, or a box of it, has the focus; how often it took. */
async function tabTo(page, names) {
  for (let n = 1; n <= 12; n += 1) {
    await page.keyboard.press("Tab");
    if (names.includes(await page.evaluate(() => document.activeElement?.getAttribute("name")))) return n;
  }
  throw new Error(`Tab does not reach ${names}`);
}

const saved = (page) => page.waitForFunction(() => /\d\d:\d\d/.test(document.querySelector("[data-draft-state]")?.textContent ?? ""));

const data = await temporary("casework");
const port = await freePort();
const start = () => serve(binary, ["serve", "--data", data, "--listen", `127.0.0.1:${port}`]);
let server = await start();
const base = server.address;
const browser = await openBrowser();
try {
  const ada = await person(browser);
  let welcome = "";
  await step("an agency with a caseworker and two clients", async () => {
    const { page } = ada;
    await page.goto(/http:\/\/\S+\/setup\?token=\S+/.exec(server.said())[0]);
    const fields = { agency_name: "Harbor Street", display_name: "Ada Mensah", login: "ada", passphrase: PASSPHRASE, passphrase_again: PASSPHRASE };
    for (const [name, value] of Object.entries(fields)) await page.locator(`[name="${name}"]`).fill(value);
    await send(page, "/setup");
    await page.goto(`${base}/people/new`);
    await page.locator('[name="display_name"]').fill("Rosa Alvarez");
    await page.locator('[name="login"]').fill("rosa");
    await page.locator('[name="roles"][value="caseworker"]').check();
    await send(page, "/people");
    welcome = /\/welcome\/[\w-]+/.exec(await page.locator("main").innerText())[0];
  });
  const rosa = await person(browser, { width: 390 });
  const { page } = rosa;
  const files = [];
  await step("the caseworker chooses a passphrase and adds two clients", async () => {
    await page.goto(`${base}${welcome}`);
    await page.locator('[name="passphrase"]').fill(PASSPHRASE);
    await page.locator('[name="passphrase_again"]').fill(PASSPHRASE);
    await page.locator("main form button[type=submit]").first().click();
    await page.waitForLoadState("load");
    await logIn(page, base, "rosa");
    for (const name of ["Lucía Moreno", "Jamal Tate"]) {
      await page.goto(`${base}/clients/new`);
      await page.locator('[name="preferred_name"]').fill(name);
      await send(page, "/clients");
      const id = /\/clients\/(\w{20,})/.exec(page.url());
      assert.ok(id, `${name} is added: ${page.url()}`);
      files.push(`/clients/${id[1]}`);
    }
  });
  const [lucia, jamal] = files;

  await step("a note, a barrier and a task, in three keystrokes beyond the text", async () => {
    // Where the link of a list leads: into the text.
    await page.goto(`${base}${lucia}#log-words`);
    assert.equal(await page.evaluate(() => document.activeElement?.id), "log-words");
    const began = Date.now();
    await page.keyboard.type("Met her at school. The letter was in English only.");
    let keys = await tabTo(page, ["barrier", "more_barrier"]);
    await page.keyboard.type("notice");
    keys += await tabTo(page, ["task"]);
    await page.keyboard.type("Call the benefits office");
    await page.keyboard.press("Control+Enter");
    keys += 1;
    await page.waitForSelector(".notice--done");
    assert.equal(keys, 3, "Tab, Tab, Ctrl+Enter");
    assert.ok(Date.now() - began < 20_000, "in under 20 seconds");
    const text = await page.locator("main").innerText();
    for (const words of ["a note, a barrier and a task", "The letter was in English only.", "notice not understood"]) {
      assert.ok(text.includes(words), words);
    }
    await look(rosa, "the file after a log");
  });

  await step("barriers are chosen by letters and arrows, one stop of the Tab key", async () => {
    await page.goto(`${base}${jamal}#log-words`);
    await tabTo(page, ["barrier", "more_barrier"]);
    await page.keyboard.type("wait");
    const chosen = () => page.locator('[name="barrier"]:checked, [name="more_barrier"]').evaluateAll((all) => all.map((it) => it.value).filter(Boolean));
    assert.deepEqual(await chosen(), ["waitlist"]);
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    assert.equal(await page.evaluate(() => document.activeElement?.closest("[data-chips]") !== null), true);
    await page.locator("[data-chips] input").first().evaluate((it) => it.blur());
  });

  await step("the server is killed in the middle of a note: nothing is lost", async () => {
    await page.goto(`${base}${jamal}`);
    await page.locator("#log-words").fill("");
    await page.locator("#log-words").focus();
    await page.keyboard.type("He said the waiting list");
    await saved(page);
    server.child.kill("SIGKILL");
    await new Promise((done) => server.child.once("exit", done));
    await page.keyboard.type(" is closed until May.");
    await page.waitForFunction(() => document.querySelector(".draft-state--open") !== null);
    rosa.complaints.splice(0);
    await look(rosa, "a log whose server is gone");
    server = await start();
    // Coming back finds all of it, that which the server never saw too.
    await page.goto(`${base}${jamal}`);
    await page.waitForFunction(() => document.querySelector("#log-words").value.endsWith("is closed until May."));
    assert.equal(await page.locator("#log-words").inputValue(), "He said the waiting list is closed until May.");
    rosa.complaints.splice(0);
    await look(rosa, "a log that is back");
    await page.goto(`${base}${lucia}`);
    assert.equal(await page.locator("#log-words").inputValue(), "", "and on nobody else's file");
  });

  await step("a session that ended in the middle of a note loses nothing", async () => {
    await page.goto(`${base}${jamal}`);
    await page.locator("#log-words").focus();
    await page.keyboard.press("Control+End");
    await rosa.context.clearCookies();
    await page.keyboard.type(" Then we were logged out.");
    const link = page.locator("[data-draft-state] a");
    await link.waitFor();
    rosa.complaints.splice(0);
    await link.click();
    await page.locator('[name="login"]').fill("rosa");
    await page.locator('[name="passphrase"]').fill(PASSPHRASE);
    await send(page, "/login");
    assert.equal(path(page), jamal, "the log-in leads back");
    await page.waitForFunction(() => document.querySelector("#log-words").value.endsWith("logged out."));
    rosa.complaints.splice(0);
  });

  await step("once it is saved there is no draft, here or on the device", async () => {
    await page.locator("#log-words").focus();
    await page.keyboard.press("Control+Enter");
    await page.waitForSelector(".notice--done");
    await page.goto(`${base}${jamal}`);
    await page.waitForTimeout(300);
    assert.equal(await page.locator("#log-words").inputValue(), "");
    assert.ok((await page.locator("main").innerText()).includes("is closed until May. Then we were logged out."));
    assert.deepEqual(await page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("groundswell-draft"))), []);
  });

  await step("two windows: the one that fell behind does not overwrite", async () => {
    const other = await rosa.context.newPage();
    await page.goto(`${base}${lucia}`);
    await other.goto(`${base}${lucia}`);
    await page.locator("#log-words").fill("The first window.");
    await saved(page);
    await other.locator("#log-words").fill("The second window.");
    await other.waitForSelector(".draft-state--open button");
    await page.reload();
    assert.equal(await page.locator("#log-words").inputValue(), "The first window.");
    // Nor is the other text lost when its window is.
    await other.close();
    await page.locator(".draft-state--open button").click();
    await saved(page);
    await page.reload();
    assert.equal(await page.locator("#log-words").inputValue(), "The second window.");
    rosa.complaints.splice(0);
  });

  await step("a click twice records once", async () => {
    await page.goto(`${base}${lucia}`);
    await page.waitForTimeout(300);
    await page.locator("#log-words").fill("Clicked in a hurry.");
    await page.locator("#log button[type=submit]").first().dblclick();
    await page.waitForSelector(".notice--done, .notice");
    await page.goto(`${base}${lucia}?text=hurry`);
    assert.equal(await page.locator(".timeline__item").count(), 1);
  });

  for (const language of ["en", "es"]) {
    await page.goto(`${base}/language/${language}?back=/`);
    rosa.language = language;
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: width < 600 ? 844 : 900 });
      rosa.width = width;
      for (const [what, address] of [["the file", lucia], ["the file, filtered", `${jamal}?kind=barrier&from=x`], ["the timeline in print", `${lucia}?view=print`], ["the quick log", "/quick-log"]]) {
        await page.goto(`${base}${address}`);
        for (const folded of await page.locator("main details > summary").all()) await folded.click();
        await look(rosa, what);
        if (process.env.PICTURES) {
          await page.screenshot({ path: `${process.env.PICTURES}/${what.replace(/\W+/g, "-")}-${language}-${width}.png`, fullPage: true });
        }
      }
      await page.goto(`${base}${lucia}`);
      await page.locator('.timeline__foot a[href*="/notes/"]').first().click();
      await page.waitForLoadState("load");
      for (const folded of await page.locator("main details > summary").all()) await folded.click();
      await look(rosa, "a note");
      if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/note-${language}-${width}.png`, fullPage: true });
    }
  }
} catch (error) {
  say("the walk came to its end", [error.stack ?? String(error)]);
} finally {
  await cleanUp(browser);
}
process.exitCode = failed === 0 ? 0 : 1;
