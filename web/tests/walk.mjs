// A walk through the real program as the people who use it: set-up, accounts, imports, signals, an issue, an
// evaluation, the audit trail; at phone and desktop width, in English and Spanish, and the main path without scripts.
// One line for each thing looked at: `ok - ...` or `not ok - ...`.
//
//   node web/tests/walk.mjs target/debug/groundswell

import assert from "node:assert/strict";
import { LANGUAGES, WIDTHS, cleanUp, faults, openBrowser, person, serve, temporary, words } from "./browser.mjs";
import { writeFiles } from "./small_agency.mjs";

const binary = process.argv[2] ?? "target/debug/groundswell";
const PASSPHRASE = "otter lamp ginger cobalt 41";
let failed = 0;

function say(what, problems) {
  if (problems.length === 0) {
    console.log(`ok - ${what}`);
  } else {
    failed += 1;
    console.log(`not ok - ${what}`);
    for (const problem of problems) console.log(`    ${problem}`);
  }
}

/** A step of the walk; one that fails does not stop the others. */
async function step(what, work) {
  try {
    await work();
    say(what, []);
  } catch (error) {
    say(what, [error.message.split("\n").slice(0, 6).join("\n    ")]);
  }
}

/** Looks at the page as it stands. */
async function look(somebody, what) {
  say(`${what} at ${somebody.width} (${somebody.language})`, await faults(somebody));
}

/** Sends the form that goes to an address. */
async function send(page, action, button = "button[type=submit]") {
  await page.locator(`form[action="${action}"] ${button}`).first().click();
  await page.waitForLoadState("load");
}

const path = (page) => new URL(page.url()).pathname;

/** Opens a page that must be there and theirs. */
async function open(somebody, base, address) {
  const answer = await somebody.page.goto(`${base}${address}`);
  assert.equal(answer.status(), 200, `${address} answers`);
  assert.equal(path(somebody.page), new URL(address, base).pathname, `${address} opens, not the log-in`);
}

async function logIn(somebody, base, login) {
  const { page } = somebody;
  await page.goto(`${base}/login`);
  await page.locator('[name="login"]').fill(login);
  await page.locator('[name="passphrase"]').fill(PASSPHRASE);
  await send(page, "/login");
  assert.equal(path(page), "/", "after the log-in the Corner opens");
}

/** Chooses a file on the page and, where it has columns, says what they mean; a map needs no mapping. */
async function choose(page, base, kind, file, { dataset, ...fill }) {
  await page.goto(`${base}/imports`);
  await page.locator('main a[href="/imports/new"]').click();
  await page.waitForURL(/\/imports\/new$/);
  await page.locator(`[name="kind"][value="${kind}"]`).check();
  if (dataset) await page.locator('[name="dataset"]').fill(dataset);
  await page.locator('[name="file"]').setInputFiles(file);
  await send(page, "/imports");
  for (const [name, value] of Object.entries(fill)) {
    const field = page.locator(`[name="${name}"]`);
    if ((await field.evaluate((it) => it.tagName)) === "SELECT") await field.selectOption(value);
    else await field.fill(value);
  }
}

/** Until a page that shows progress has nothing to wait for; reloads, as a person without scripts would. */
async function until(page, address, isDone) {
  for (let tries = 0; tries < 120; tries += 1) {
    await page.goto(address);
    if (await isDone()) return;
    await page.waitForTimeout(500);
  }
  throw new Error(`${address} did not come to an end within a minute`);
}

const browser = await openBrowser();
try {
  const data = await temporary("walk");
  const agency = await writeFiles(await temporary("walk-files"));
  const server = await serve(binary, ["serve", "--data", data, "--listen", "127.0.0.1:0"]);
  const base = server.address;
  const set_up = /http:\S+\/setup\?token=\S+/.exec(server.said())?.[0];

  const ada = await person(browser);
  await step("the printed link sets the agency up, and its administrator is logged in", async () => {
    assert.ok(set_up, "the program prints a link");
    await ada.page.goto(set_up);
    await look(ada, "set-up");
    await ada.page.locator('[name="agency_name"]').fill("Corner of Tests");
    await ada.page.locator('[name="display_name"]').fill("Ada Moreno");
    await ada.page.locator('[name="login"]').fill("ada");
    await ada.page.locator('[name="passphrase"]').fill("short");
    await ada.page.locator('[name="passphrase_again"]').fill("short");
    await send(ada.page, "/setup");
    await look(ada, "set-up with errors");
    assert.equal(await ada.page.locator('[name="agency_name"]').inputValue(), "Corner of Tests", "typed text is kept");
    await ada.page.locator('[name="passphrase"]').fill(PASSPHRASE);
    await ada.page.locator('[name="passphrase_again"]').fill(PASSPHRASE);
    await send(ada.page, "/setup");
    assert.equal(path(ada.page), "/");
  });
  await step("the link works once", async () => {
    const again = await person(browser);
    const answer = await again.page.goto(set_up);
    assert.ok(answer.status() === 404 || path(again.page) === "/login", `it answered ${answer.status()}`);
    await again.context.close();
  });

  const olive = await person(browser);
  await step("the administrator adds an organiser and evaluator, who chooses a passphrase by the link", async () => {
    const { page } = ada;
    assert.equal((await page.goto(`${base}/people`)).status(), 200);
    await look(ada, "people");
    await page.locator('main a[href="/people/new"]').click();
    await page.waitForURL(/\/people\/new$/);
    await page.locator('[name="login"]').fill("olive");
    await send(page, "/people");
    await look(ada, "a new person with errors");
    await page.locator('[name="display_name"]').fill("Olive Baker");
    for (const role of ["organizer", "evaluator"]) await page.locator(`input[type=checkbox][value="${role}"]`).check();
    await send(page, "/people");
    const link = /http:\/\/127\.0\.0\.1:\d+\/welcome\/[\w-]+/.exec(await page.locator("main").innerText())?.[0];
    assert.ok(link, "a one-time link is shown");
    await look(ada, "the new person's link");
    await olive.page.goto(link);
    await look(olive, "choosing a passphrase");
    await olive.page.locator('[name="passphrase"]').fill(PASSPHRASE);
    await olive.page.locator('[name="passphrase_again"]').fill(PASSPHRASE);
    await olive.page.locator("main form button[type=submit]").click();
    await logIn(olive, base, "olive");
  });

  await step("before there is any record, signals say what to do", async () => {
    await open(olive, base, "/signals");
    await look(olive, "signals without a record");
  });
  for (const [kind, file, fill] of [
    ["areas", agency.files.areas, {}],
    ["population", agency.files.population, { area_column: "area", population_column: "people", group_0_dimension: "language", group_0_column: "language" }],
    [
      "events",
      agency.files.events,
      { dataset: "waiting-lists", kind_constant: "barrier", code_constant: "waitlist", day_column: "day", area_column: "area", case_column: "client", group_0_dimension: "language", group_0_column: "language" },
    ],
  ]) {
    await step(`${kind} come in through the page`, async () => {
      const { page } = olive;
      await choose(page, base, kind, file, fill);
      if (kind !== "areas") {
        assert.match(path(page), /^\/imports\/\w{20,}\/mapping$/, "the mapping opens");
        await look(olive, `the mapping of ${kind}`);
        await page.locator('button[name="do"][value="check"]').click();
        await page.locator('button[name="do"][value="import"]').waitFor();
        await look(olive, `the check of ${kind}`);
        await page.locator('button[name="do"][value="import"]').click();
      }
      await page.waitForURL(/\/imports\/\w{20,}$/);
      await until(page, page.url(), async () => (await page.locator("progress").count()) === 0);
      await look(olive, `the verdict of ${kind}`);
      assert.equal(await page.locator(".notice--failed").count(), 0, "nothing failed");
      const said = (await page.locator("main").innerText()).replace(/[,.\s]/g, "");
      if (kind === "events") assert.match(said, new RegExp(`${agency.rowsGood}`), "the good rows are counted");
    });
  }
  await step("the list shows the imports", async () => {
    await open(olive, base, "/imports");
    await look(olive, "imports");
  });

  let signal = "";
  await step("a look over the record finds the waiting list that grew", async () => {
    const { page } = olive;
    await page.goto(`${base}/signals`);
    await send(page, "/signals/look");
    await until(page, `${base}/signals`, async () => (await page.locator("ol.card-list > li").count()) > 0);
    await look(olive, "signals");
    signal = await page.locator("ol.card-list h2 a").first().getAttribute("href");
    await page.goto(`${base}${signal}`);
    await look(olive, "a signal");
    assert.match(await page.locator("main").innerText(), /Square (6|7)|waiting list/i);
  });

  let issue = "";
  await step("an issue opens from the signal and carries it as evidence", async () => {
    const { page } = olive;
    await page.goto(`${base}${signal}`);
    await page.locator('a[href^="/issues/new"]').first().click();
    await page.waitForURL(/\/issues\/new/);
    await page.locator('[name="title"]').fill("");
    await send(page, "/issues");
    await look(olive, "a new issue with errors");
    await page.locator('[name="title"]').fill("Families wait too long in two squares");
    await page.locator('[name="description"]').fill("The list doubled in half a year.");
    await send(page, "/issues");
    assert.match(path(page), /^\/issues\/\w{20,}$/);
    issue = path(page);
    assert.ok((await page.locator(`a[href="${signal}"]`).count()) > 0, "the signal is among the evidence");
    await look(olive, "an issue");
  });

  let evaluation = "";
  await step("an evaluation is locked before it is estimated, and answers", async () => {
    const { page } = olive;
    await open(olive, base, "/evaluations/new");
    await look(olive, "a new evaluation");
    await page.locator('[name="outcome"]').selectOption("waiting-lists/barrier/waitlist");
    await page.locator('[name="title"]').fill("A second intake worker");
    await send(page, "/evaluations");
    await look(olive, "a new evaluation with errors");
    await page.locator('[name="step"][value="month"]').check();
    await page.locator('[name="same_day"][value="yes"]').check();
    await page.locator('[name="elsewhere"][value="no"]').check();
    await page.locator('[name="changed_on"]').fill("2024-07-01");
    await send(page, "/evaluations");
    assert.match(path(page), /^\/evaluations\/\w{20,}$/);
    evaluation = path(page);
    await until(page, `${base}${evaluation}`, async () => (await page.locator("progress").count()) === 0);
    await look(olive, "an evaluation");
    assert.match(await page.locator("main").innerText(), /%/, "the estimate is shown");
  });

  await step("groups are compared with figures and intervals", async () => {
    await open(olive, base, "/disparities?dataset=waiting-lists&event=barrier/waitlist&dimension=language");
    assert.match(await olive.page.locator("main").innerText(), /Spanish/);
    await look(olive, "disparities");
  });
  await step("the audit trail tells of it and is whole", async () => {
    await open(ada, base, "/audit");
    const told = await ada.page.locator("main").innerText();
    assert.match(told, /Olive Baker|olive/);
    await look(ada, "audit");
  });

  const pages = [
    [olive, ["/", "/signals", signal, "/disparities", "/issues", issue, "/evaluations", evaluation, "/imports", "/account/passphrase"]],
    [ada, ["/people", "/audit"]],
  ];
  for (const language of LANGUAGES) {
    const t = await words(language);
    for (const [somebody, addresses] of pages) {
      await somebody.page.goto(`${base}/language/${language}?back=/`);
      somebody.language = language;
      for (const width of WIDTHS) {
        await somebody.page.setViewportSize({ width, height: width < 600 ? 844 : 900 });
        somebody.width = width;
        for (const address of addresses.filter(Boolean)) {
          await step(`${address.slice(0, 40)} opens at ${width} in ${language}`, async () => {
            await open(somebody, base, address);
            assert.equal(await somebody.page.locator("html").getAttribute("lang"), language);
            assert.ok((await somebody.page.locator("h1").count()) === 1, "one heading of the page");
            await look(somebody, address.replace(/[\w|%-]{20,}/, "one"));
          });
        }
      }
      await step(`${somebody === ada ? "administrator" : "organiser"} reads the menu in ${language}`, async () => {
        await somebody.page.goto(base);
        await somebody.page.getByRole("link", { name: t("nav-corner"), exact: true }).first().waitFor();
      });
    }
  }

  await step("the main path works without scripts", async () => {
    const plain = await person(browser, { scripts: false });
    const { page } = plain;
    await logIn(plain, base, "olive");
    await page.goto(`${base}/language/en?back=/`);
    await page.goto(`${base}/signals`);
    await page.locator("ol.card-list h2 a").first().click();
    await page.locator('a[href^="/issues/new"]').first().click();
    await page.locator('[name="title"]').fill("Opened without scripts");
    await send(page, "/issues");
    assert.match(path(page), /^\/issues\/\w{20,}$/);
    await choose(page, base, "events", agency.files.events, { dataset: "again", kind_constant: "barrier", code_constant: "waitlist", day_column: "day" });
    await page.locator('button[name="do"][value="check"]').click();
    await page.locator('button[name="do"][value="import"]').waitFor();
    await page.goto(`${base}${evaluation}`);
    assert.match(await page.locator("main").innerText(), /%/);
    await page.locator("summary").first().click();
    await send(page, "/logout");
    assert.equal(path(page), "/login");
    say("no complaints without scripts", await faults(plain));
    await plain.context.close();
  });

  await step("what is not one's own is not found", async () => {
    const answer = await olive.page.goto(`${base}/people`);
    assert.equal(answer.status(), 404);
  });
  await step("log-out ends the session", async () => {
    await olive.page.goto(base);
    await olive.page.locator("details.who summary").click();
    await send(olive.page, "/logout");
    assert.equal(path(olive.page), "/login");
    await look(olive, "log-in");
    await olive.page.goto(`${base}/issues`);
    assert.equal(path(olive.page), "/login");
  });
} catch (error) {
  say("the walk came to its end", [error.stack ?? String(error)]);
} finally {
  await cleanUp(browser);
}
process.exitCode = failed === 0 ? 0 : 1;
