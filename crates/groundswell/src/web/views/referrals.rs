//! Referrals that come back: the tab of a client's file, the board, the hand-over with its letter, the page behind a
//! recipient's link.
//!
//! Addresses: `GET /clients/{id}/referrals`, `GET .../referrals/new` (`?draft=`, `?again=`), `POST .../referrals`,
//! `POST .../referrals/{referral}/step|link|barrier`, `GET .../services/new`, `POST .../services`, `GET /referrals`
//! (`?whose=all`), `GET/POST /r/{secret}`. A link is shown by the answer to a POST and never again.

use askama::Template;
use domain::casework::barriers::MECHANISMS;
use domain::casework::referrals::{
    self, Answer, Asked, BoardLine, Command, Duty, NEEDS, Outcome, REASONS, Referral, Service, State, Step,
    Turn, UNITS, Urgency, Via, Waits, WithSteps, decide,
};
use domain::kernel::clock::Day;
use domain::kernel::codes::System;

use super::client::ClientFrame;
use super::form::{Choice, Problem, problems};
use super::signals::sentence_case;
use super::{Chrome, Field};
use crate::web::i18n::{Arg, Lang};

/// What kind of news the state is, for the colour of its tag.
const fn tag_of(state: State) -> &'static str {
    match state {
        State::Draft | State::Cancelled | State::EnteredInError => "tag",
        State::Requested | State::Received | State::OnHold => "tag tag--gold",
        State::Accepted | State::InProgress => "tag tag--teal",
        State::Completed => "tag tag--green",
        State::Rejected | State::Failed => "tag tag--rust",
    }
}

/// A day near today without its year.
fn near(lang: Lang, day: Day, today: Day) -> String {
    let text = day.to_string();
    if day.year() == today.year() { lang.day_brief(&text) } else { lang.day_short(&text) }
}

/// Who has it, since when, until when: the sentence of a referral.
fn waits_text(lang: Lang, referral: &Referral, waits: Waits, today: Day) -> String {
    let day_of = |day: Option<Day>| day.map(|day| near(lang, day, today)).unwrap_or_default();
    let with = |key: &str, day: String| {
        lang.t_with(
            key,
            &[
                ("who", Arg::from(referral.recipient.as_str())),
                ("since", Arg::from(lang.t1("ref-for-days", "n", waits.days))),
                ("ago", Arg::from(lang.t1("ref-ago-days", "n", waits.days))),
                ("day", Arg::from(day)),
            ],
        )
    };
    match waits.turn {
        Turn::Worker(duty) => {
            let day = match duty {
                Duty::CheckGoing => Some(referral.since_on),
                _ => referral.due_on,
            };
            with(&format!("ref-duty-{}", duty.code()), day_of(day))
        }
        Turn::Recipient => {
            let state = referral.state.code();
            let is_open = referral.expected_on.is_none() && !matches!(state, "requested" | "in_progress");
            let key = if is_open { format!("ref-waits-{state}-open") } else { format!("ref-waits-{state}") };
            with(&key, day_of(referral.expected_on.or(referral.due_on)))
        }
        Turn::Nobody => lang.t1("ref-ended", "day", day_of(referral.ended_on.or(Some(referral.since_on)))),
    }
}

/// "12 days in all · 9 days without a promise · 3 days under way".
fn counters(lang: Lang, ageing: referrals::Ageing) -> String {
    let mut parts = vec![lang.t1("ref-count-total", "n", ageing.total_days)];
    if ageing.pending_days > 0 && ageing.pending_days < ageing.total_days {
        parts.push(lang.t1("ref-count-pending", "n", ageing.pending_days));
    }
    if ageing.in_process_days > 0 {
        parts.push(lang.t1("ref-count-process", "n", ageing.in_process_days));
    }
    parts.join(" · ")
}

/// One line of a referral's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryRow {
    /// ISO text.
    pub on: String,
    pub what: String,
    pub words: String,
    pub who: String,
}

impl HistoryRow {
    fn of(lang: Lang, referral: &Referral, step: &Step, today: Day) -> Self {
        let mut what = lang.t(&format!("ref-step-{}", step.command.code()));
        if let Some(expected) = step.expected_on {
            what.push(' ');
            what.push_str(&lang.t1("ref-expected", "day", near(lang, expected, today)));
        }
        if !step.reason.is_empty() {
            what.push_str(": ");
            what.push_str(&lang.word("ref-reason", &step.reason));
        }
        if let Some(outcome) = step.outcome {
            what.push_str(": ");
            what.push_str(&lang.t(&format!("ref-outcome-{}", outcome.code())));
        }
        let said_by = if step.said_by.is_empty() { referral.recipient.as_str() } else { &step.said_by };
        let who = match step.via {
            Via::Link => lang.t1("ref-by-link", "who", said_by),
            Via::Worker if step.said_by.is_empty() => step.recorded_by.clone(),
            Via::Worker => {
                format!("{} · {}", step.recorded_by, lang.t1("ref-said-by", "who", step.said_by.as_str()))
            }
        };
        Self { on: step.on.to_string(), what, words: step.words.clone(), who }
    }
}

/// A step that can be taken now, as the form behind its button.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Action {
    /// What the form says, and the last part of its ids.
    pub command: &'static str,
    pub prefix: String,
    pub label: String,
    pub help: String,
    /// The form has something to say.
    pub is_open: bool,
    pub is_main: bool,
    /// Label of the day, where one is asked for.
    pub has_on: bool,
    pub on: Field,
    /// Label of the day that lies ahead; empty for none.
    pub expected_label: String,
    pub expected: Field,
    /// Empty: no reason is asked for.
    pub reasons: Vec<Choice>,
    pub reason: Field,
    pub outcomes: Vec<Choice>,
    pub outcome: Field,
    pub has_said_by: bool,
    pub said_by: Field,
    pub words_label: String,
    pub words: Field,
    pub submit: String,
}

/// What was typed into the form of one action and what is wrong with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed {
    pub referral: String,
    pub command: String,
    pub on: Field,
    pub expected: Field,
    pub reason: Field,
    pub outcome: Field,
    pub said_by: Field,
    pub words: Field,
    pub code: Field,
}

fn reason_choices(lang: Lang) -> Vec<Choice> {
    let first = Choice::new("", lang.t("ref-choose"));
    let rest = REASONS.map(|code| Choice::new(code, sentence_case(&lang.word("ref-reason", code))));
    std::iter::once(first).chain(rest).collect()
}

fn outcome_choices(lang: Lang) -> Vec<Choice> {
    let word = |outcome: &Outcome| {
        Choice::new(outcome.code(), sentence_case(&lang.t(&format!("ref-outcome-{}", outcome.code()))))
    };
    std::iter::once(Choice::new("", lang.t("ref-choose"))).chain(Outcome::ALL.iter().map(word)).collect()
}

fn action(lang: Lang, id: &str, command: Command) -> Action {
    let code = command.code();
    let asks_recipient = matches!(
        command,
        Command::Receive
            | Command::Accept
            | Command::Wait
            | Command::Start
            | Command::Reject
            | Command::Complete
            | Command::Fail
    );
    let expected = match command {
        Command::Receive => "ref-field-answer-by",
        Command::Accept => "ref-field-begins",
        Command::Wait => "ref-field-place",
        _ => "",
    };
    let words = match command {
        Command::Ask => "ref-field-words-how",
        Command::Cancel | Command::EnterInError => "ref-field-words-why",
        _ => "ref-field-words",
    };
    let with_reason = matches!(command, Command::Reject | Command::Fail);
    let with_outcome = matches!(command, Command::Complete | Command::SayOutcome);
    Action {
        command: code,
        prefix: format!("{id}-{code}"),
        label: lang.t(&format!("ref-do-{code}")),
        help: if command == Command::EnterInError { lang.t("ref-error-help") } else { String::new() },
        has_on: true,
        expected_label: if expected.is_empty() { String::new() } else { lang.t(expected) },
        reasons: if with_reason { reason_choices(lang) } else { Vec::new() },
        outcomes: if with_outcome { outcome_choices(lang) } else { Vec::new() },
        has_said_by: asks_recipient || command == Command::Ask,
        words_label: lang.t(words),
        submit: lang.t("ref-save"),
        ..Action::default()
    }
}

/// The button that makes a barrier of how a referral ended, or of the silence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BarrierOffer {
    pub prefix: String,
    pub label: String,
    pub help: String,
    pub is_open: bool,
    /// We wait for an answer that is late.
    pub is_main: bool,
    pub codes: Vec<Choice>,
    pub code: Field,
    pub on: Field,
    pub note: Field,
}

/// A referral as it stands on the tab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    pub id: String,
    pub recipient: String,
    pub service: String,
    pub need: String,
    pub state: String,
    pub state_class: &'static str,
    /// Empty for routine.
    pub urgency: String,
    pub waits: String,
    /// It is our turn.
    pub is_ours: bool,
    /// Empty before it was sent.
    pub counters: String,
    /// What came of it and why, where it is known.
    pub outcome: String,
    pub link: String,
    pub facts: Vec<(String, String)>,
    pub history: Vec<HistoryRow>,
    pub actions: Vec<Action>,
    pub more: Vec<Action>,
    pub barrier: Option<BarrierOffer>,
    pub may_link: bool,
    /// Where a draft goes on, or an ended one goes to somebody else.
    pub again_label: String,
    pub again_href: String,
}

impl Card {
    /// The card of a referral; `typed` is what was typed into one of its forms and needs another look.
    pub fn of(lang: Lang, it: &WithSteps, today: Day, may_record: bool, typed: Option<&Typed>) -> Self {
        let referral = &it.referral;
        let id = referral.id.to_string();
        let typed = typed.filter(|typed| typed.referral == id);
        let waits = referrals::waits(referral, today);
        let is_ours = matches!(waits.turn, Turn::Worker(_));
        let mut outcome = Vec::new();
        if let Some(found) = referral.outcome {
            outcome.push(lang.t(&format!("ref-outcome-{}", found.code())));
        }
        if !referral.reason.is_empty() && !referral.state.is_open() {
            outcome.push(lang.word("ref-reason", &referral.reason));
        }
        let (again_key, again) = match referral.state {
            State::Draft => ("ref-do-draft", "draft"),
            State::Rejected | State::Failed | State::Cancelled => ("ref-do-again", "again"),
            _ => ("", ""),
        };
        let has_again = may_record && !again.is_empty();
        let mut card = Self {
            recipient: referral.recipient.clone(),
            service: referral.service.clone(),
            need: lang.word("ref-need", &referral.need),
            state: lang.t(&format!("ref-state-{}", referral.state.code())),
            state_class: tag_of(referral.state),
            urgency: match referral.urgency {
                Urgency::Routine => String::new(),
                other => lang.t(&format!("ref-urgency-{}", other.code())),
            },
            waits: waits_text(lang, referral, waits, today),
            is_ours,
            counters: match referral.sent_on {
                None => String::new(),
                Some(_) => counters(lang, referrals::ageing(referral, &it.steps, today)),
            },
            outcome: outcome.join(" · "),
            link: link_text(lang, it, today),
            facts: facts(lang, referral),
            history: it.steps.iter().rev().map(|step| HistoryRow::of(lang, referral, step, today)).collect(),
            actions: Vec::new(),
            more: Vec::new(),
            barrier: None,
            may_link: may_record && referral.state.is_open(),
            again_label: if has_again { lang.t(again_key) } else { String::new() },
            again_href: format!("/clients/{}/referrals/new?{again}={id}", referral.client),
            id,
        };
        if may_record {
            let duty = match waits.turn {
                Turn::Worker(duty) => Some(duty),
                _ => None,
            };
            card.actions_add(lang, referral, duty, typed);
            card.barrier = barrier_offer(lang, referral, waits, today, typed);
        }
        card
    }

    fn actions_add(&mut self, lang: Lang, referral: &Referral, duty: Option<Duty>, typed: Option<&Typed>) {
        let possible = |command: Command| {
            let settled = matches!(referral.outcome, Some(Outcome::Attained | Outcome::NotAttained));
            decide(referral.state, command).is_ok() && !(command == Command::SayOutcome && settled)
        };
        let form = |command: Command| {
            let mut form = action(lang, &self.id, command);
            if decide(referral.state, command) == Ok(referral.state) && !form.expected_label.is_empty() {
                form.label = lang.t(&format!("ref-do-{}-again", form.command));
            }
            if let Some(typed) = typed.filter(|typed| typed.command == form.command) {
                form.is_open = true;
                form.on = typed.on.clone();
                form.expected = typed.expected.clone();
                form.reason = typed.reason.clone();
                form.outcome = typed.outcome.clone();
                form.said_by = typed.said_by.clone();
                form.words = typed.words.clone();
            }
            form
        };
        let usual: &[Command] = match referral.state {
            State::Requested | State::Received => {
                &[Command::Accept, Command::Reject, Command::Wait, Command::Ask]
            }
            State::Accepted => &[Command::Start, Command::Complete, Command::Ask],
            State::OnHold => &[Command::Accept, Command::Start, Command::Ask],
            State::InProgress => &[Command::Complete, Command::Ask],
            _ => &[Command::SayOutcome],
        };
        let main = match duty {
            Some(Duty::CheckBegun) => Some(Command::Start),
            Some(Duty::CheckGoing) => Some(Command::Complete),
            Some(Duty::CheckPlace) => Some(Command::Ask),
            Some(Duty::AskClient) => Some(Command::SayOutcome),
            _ => None,
        };
        // Sending is the form's, and a silence has a button of its own.
        let rest = Command::ALL.iter().filter(|it| !usual.contains(it));
        let rest = rest.filter(|it| !matches!(it, Command::Send | Command::NoResponse));
        self.actions = usual.iter().filter(|it| possible(**it)).map(|it| form(*it)).collect();
        self.more = rest.filter(|it| possible(**it)).map(|it| form(*it)).collect();
        for action in &mut self.actions {
            action.is_main = main.is_some_and(|main| main.code() == action.command);
        }
    }

    pub fn has_more(&self) -> bool {
        !self.more.is_empty() || self.may_link || self.barrier.as_ref().is_some_and(|offer| !offer.is_main)
    }

    pub fn is_more_open(&self) -> bool {
        let is_offer_open = self.barrier.as_ref().is_some_and(|offer| !offer.is_main && offer.is_open);
        is_offer_open || self.more.iter().any(|action| action.is_open)
    }

    pub fn has_forms(&self) -> bool {
        !self.actions.is_empty() || !self.more.is_empty() || self.barrier.is_some()
    }
}

fn facts(lang: Lang, referral: &Referral) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    let mut add = |key: &str, value: &str| {
        if !value.is_empty() {
            facts.push((lang.t(key), value.to_owned()));
        }
    };
    add("ref-field-need", &lang.word("ref-need", &referral.need));
    add("ref-field-urgency", &lang.t(&format!("ref-urgency-{}", referral.urgency.code())));
    add("ref-field-why", &referral.why);
    add("ref-field-shares", &referral.shares);
    let consent = referral.consented_on.map(|day| lang.day(&day.to_string())).unwrap_or_default();
    add("ref-field-consent-day", &consent);
    add("ref-field-contact", &referral.contact);
    facts
}

fn link_text(lang: Lang, it: &WithSteps, today: Day) -> String {
    let Some(link) = it.link.filter(|_| it.referral.state.is_open()) else { return String::new() };
    let until = near(lang, link.expires_at.day(), today);
    match link.opened_at {
        None => lang.t1("ref-link-works", "day", until),
        Some(at) => {
            let opened = near(lang, at.day(), today);
            lang.t_with("ref-link-opened", &[("opened", Arg::from(opened)), ("day", Arg::from(until))])
        }
    }
}

fn barrier_offer(
    lang: Lang,
    referral: &Referral,
    waits: Waits,
    today: Day,
    typed: Option<&Typed>,
) -> Option<BarrierOffer> {
    let is_silence = decide(referral.state, Command::NoResponse).is_ok();
    if !is_silence && !referrals::offers_barrier(referral, today) {
        return None;
    }
    let code = if is_silence { "no_response" } else { referrals::barrier_code(referral)? };
    let on = if is_silence { today } else { referral.ended_on.unwrap_or(today) };
    let last_words = if is_silence { "ref-barrier-silence-help" } else { "ref-barrier-help" };
    let mut codes: Vec<Choice> = MECHANISMS
        .iter()
        .map(|it| Choice::new(it.code, sentence_case(&lang.word("barrier", it.code))))
        .collect();
    codes.sort_by(|a, b| a.label.cmp(&b.label));
    let typed = typed.filter(|typed| typed.command == "barrier");
    Some(BarrierOffer {
        prefix: format!("{}-barrier", referral.id),
        label: lang.t(if is_silence { "ref-do-silence" } else { "ref-do-barrier" }),
        help: lang.t1(last_words, "who", referral.recipient.as_str()),
        is_open: typed.is_some(),
        // Elsewhere than after a silence it is one choice among others.
        is_main: matches!(waits.turn, Turn::Worker(Duty::Chase | Duty::NameBarrier)),
        codes,
        code: typed.map_or_else(|| Field::new(code), |typed| typed.code.clone()),
        on: typed.map_or_else(|| Field::new(on.to_string()), |typed| typed.on.clone()),
        note: typed.map_or_else(Field::default, |typed| typed.words.clone()),
    })
}

/// A service on the tab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceRow {
    pub what: String,
    pub provider: String,
    pub when: String,
    pub amount: String,
    pub note: String,
}

impl ServiceRow {
    pub fn of(lang: Lang, service: &Service) -> Self {
        let system =
            service.system.map(|it| sentence_case(&lang.word("system", it.code()))).unwrap_or_default();
        let from = service.from.to_string();
        let when = match service.to {
            None => lang.day(&from),
            Some(to) => lang.period(&from, &to.to_string()),
        };
        let amount = service.amount_hundredths.map(|n| {
            let decimals = if n % 100 == 0 {
                0
            } else if n % 10 == 0 {
                1
            } else {
                2
            };
            #[expect(clippy::cast_precision_loss, reason = "an amount is at most ten million")]
            let number = lang.number(n as f64 / 100.0, decimals);
            match service.unit.as_str() {
                "" => number,
                unit => format!("{number} {}", lang.word("ref-service-unit", unit)),
            }
        });
        Self {
            what: match service.what.as_str() {
                "" => sentence_case(&lang.t("ref-service-plain")),
                what => what.to_owned(),
            },
            provider: if service.provider.is_empty() { system } else { service.provider.clone() },
            when,
            amount: amount.unwrap_or_default(),
            note: service.note.clone(),
        }
    }
}

/// `GET /clients/{id}/referrals`.
#[derive(Debug, Template)]
#[template(path = "referrals/tab.html")]
pub struct ReferralsView {
    pub chrome: Chrome,
    pub frame: ClientFrame,
    pub may_record: bool,
    pub may_board: bool,
    pub open: Vec<Card>,
    pub over: Vec<Card>,
    pub services: Vec<ServiceRow>,
}

impl ReferralsView {
    pub fn step_to(&self, id: &str) -> String {
        format!("/clients/{}/referrals/{id}/step", self.frame.id)
    }
}

/// Whether somebody still has to do something about a referral.
pub fn is_waiting(referral: &Referral, today: Day) -> bool {
    referrals::waits(referral, today).turn != Turn::Nobody
}

/// Fields of a new referral.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewFields {
    pub case: Field,
    pub system: Field,
    pub recipient: Field,
    pub need: Field,
    pub urgency: Field,
    pub service: Field,
    pub why: Field,
    pub shares: Field,
    pub has_consent: bool,
    pub consented_on: Field,
    pub answer_days: Field,
    pub contact: Field,
}

/// An organization as the type-ahead offers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationOption {
    pub name: String,
    pub system: String,
    pub system_word: String,
}

/// Systems to choose from.
pub fn system_choices(lang: Lang) -> Vec<Choice> {
    let word = |it: &System| Choice::new(it.code(), sentence_case(&lang.word("system", it.code())));
    std::iter::once(Choice::new("", lang.t("ref-field-system-any")))
        .chain(System::ALL.iter().map(word))
        .collect()
}

/// Needs to choose from, by their word; "something else" last.
pub fn need_choices(lang: Lang) -> Vec<Choice> {
    let mut choices: Vec<Choice> =
        NEEDS.iter().map(|code| Choice::new(*code, sentence_case(&lang.word("ref-need", code)))).collect();
    choices.sort_by_key(|choice| (choice.value == "other", choice.label.to_lowercase()));
    choices
}

pub fn urgency_choices(lang: Lang) -> Vec<Choice> {
    let word =
        |it: &Urgency| Choice::new(it.code(), sentence_case(&lang.t(&format!("ref-urgency-{}", it.code()))));
    Urgency::ALL.iter().map(word).collect()
}

pub fn unit_choices(lang: Lang) -> Vec<Choice> {
    let first = Choice::new("", lang.t("ref-service-unit-none"));
    let rest = UNITS.map(|code| Choice::new(code, lang.word("ref-service-unit", code)));
    std::iter::once(first).chain(rest).collect()
}

/// `GET /clients/{id}/referrals/new`.
#[derive(Debug, Template)]
#[template(path = "referrals/new.html")]
pub struct NewReferralView {
    pub chrome: Chrome,
    pub frame: ClientFrame,
    pub fields: NewFields,
    /// Open cases; with one there is nothing to choose.
    pub cases: Vec<Choice>,
    pub organizations: Vec<OrganizationOption>,
    /// The draft that this goes on with; empty for none.
    pub draft: String,
}

impl NewReferralView {
    pub fn problems(&self) -> Vec<Problem> {
        let it = &self.fields;
        problems(&[
            ("case", &it.case),
            ("recipient", &it.recipient),
            ("system", &it.system),
            ("service", &it.service),
            ("why", &it.why),
            ("shares", &it.shares),
            ("consented_on", &it.consented_on),
            ("answer_days", &it.answer_days),
            ("contact", &it.contact),
        ])
    }

    pub fn systems(&self) -> Vec<Choice> {
        system_choices(self.chrome.lang)
    }

    pub fn needs(&self) -> Vec<Choice> {
        need_choices(self.chrome.lang)
    }

    pub fn urgencies(&self) -> Vec<Choice> {
        urgency_choices(self.chrome.lang)
    }
}

/// The answer to sending, or to making a new link: the link, once, and the letter.
#[derive(Debug, Template)]
#[template(path = "referrals/hand_over.html")]
pub struct HandOverView {
    pub chrome: Chrome,
    pub frame: ClientFrame,
    /// The whole address behind which the recipient answers.
    pub address: String,
    /// ISO text.
    pub expires_on: String,
    pub today: String,
    pub due_on: String,
    pub consented_on: String,
    pub recipient: String,
    /// First name and initial.
    pub client_name: String,
    pub service: String,
    pub need: String,
    pub urgency: String,
    pub why: String,
    pub shares: String,
    pub worker: String,
    pub contact: String,
}

impl HandOverView {
    pub fn once_text(&self) -> String {
        self.chrome.t1("ref-hand-once", "day", self.chrome.lang.day(&self.expires_on))
    }

    /// Opens an e-mail with the link and nothing about the client.
    pub fn mail_href(&self) -> String {
        let encode = crate::web::current::query_text;
        let body = format!("{}\n\n{}\n", self.chrome.t("ref-mail-body"), self.address);
        format!("mailto:?subject={}&body={}", encode(&self.chrome.t("ref-mail-subject")), encode(&body))
    }

    pub fn answer_text(&self) -> String {
        self.chrome.t1("ref-letter-answer", "day", self.chrome.lang.day(&self.due_on))
    }

    pub fn shares_text(&self) -> String {
        self.chrome.t1("ref-letter-shares", "day", self.chrome.lang.day(&self.consented_on))
    }

    pub fn or_text(&self) -> String {
        let args = [("who", Arg::from(self.worker.as_str())), ("contact", Arg::from(self.contact.as_str()))];
        self.chrome.lang.t_with("ref-letter-or", &args)
    }
}

/// A line of the board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardRow {
    pub href: String,
    pub client: String,
    pub what: String,
    pub state: String,
    pub state_class: &'static str,
    pub next: String,
    pub days: i64,
    pub is_ours: bool,
}

impl BoardRow {
    pub fn of(lang: Lang, line: &BoardLine, today: Day) -> Self {
        let referral = &line.referral;
        Self {
            href: format!("/clients/{}/referrals#referral-{}", referral.client, referral.id),
            client: line.client_name.clone(),
            what: referral.service.clone(),
            state: lang.t(&format!("ref-state-{}", referral.state.code())),
            state_class: tag_of(referral.state),
            next: waits_text(lang, referral, line.waits, today),
            days: line.waits.days,
            is_ours: matches!(line.waits.turn, Turn::Worker(_)),
        }
    }
}

/// `GET /referrals`.
#[derive(Debug, Template)]
#[template(path = "referrals/board.html")]
pub struct BoardView {
    pub chrome: Chrome,
    pub ours: Vec<BoardRow>,
    pub theirs: Vec<BoardRow>,
    /// May look at everybody's.
    pub may_all: bool,
    pub is_all: bool,
}

/// `GET /clients/{id}/services/new`.
#[derive(Debug, Template)]
#[template(path = "referrals/service_new.html")]
pub struct NewServiceView {
    pub chrome: Chrome,
    pub frame: ClientFrame,
    pub case: Field,
    pub cases: Vec<Choice>,
    pub organizations: Vec<OrganizationOption>,
    pub what: Field,
    pub system: Field,
    pub recipient: Field,
    pub from: Field,
    pub to: Field,
    pub amount: Field,
    pub unit: Field,
    pub note: Field,
}

impl NewServiceView {
    pub fn problems(&self) -> Vec<Problem> {
        problems(&[
            ("case", &self.case),
            ("what", &self.what),
            ("recipient", &self.recipient),
            ("system", &self.system),
            ("from", &self.from),
            ("to", &self.to),
            ("amount", &self.amount),
            ("note", &self.note),
        ])
    }

    pub fn systems(&self) -> Vec<Choice> {
        system_choices(self.chrome.lang)
    }

    pub fn units(&self) -> Vec<Choice> {
        unit_choices(self.chrome.lang)
    }
}

/// `GET /r/{secret}`: what a recipient without an account sees. It holds nothing about the client but their first name
/// and initial, and what is asked.
#[derive(Debug, Template)]
#[template(path = "referrals/answer.html")]
pub struct AnswerView {
    pub chrome: Chrome,
    pub secret: String,
    pub lede: String,
    pub client_name: String,
    pub recipient: String,
    pub service: String,
    pub need: String,
    pub urgency: String,
    pub sent_on: String,
    pub due_on: String,
    /// What was answered so far; empty for nothing.
    pub so_far: String,
    pub worker: String,
    pub contact: String,
    pub actions: Vec<Action>,
    /// An answer has just arrived.
    pub is_thanked: bool,
}

impl AnswerView {
    pub fn of(
        chrome: Chrome,
        secret: &str,
        asked: &Asked,
        today: Day,
        is_thanked: bool,
        typed: Option<&Typed>,
    ) -> Self {
        let lang = chrome.lang;
        let day = |day: Option<Day>| day.map(|day| lang.day(&day.to_string())).unwrap_or_default();
        let so_far = match asked.state {
            State::Requested => String::new(),
            state => {
                let mut text = sentence_case(&lang.t(&format!("ref-state-{}", state.code())));
                if let Some(expected) = asked.expected_on {
                    text.push(' ');
                    text.push_str(&lang.t1("ref-expected", "day", near(lang, expected, today)));
                }
                text
            }
        };
        let lede = match chrome.agency_name.as_str() {
            "" => lang.t("ref-link-lede-plain"),
            agency => lang.t1("ref-link-lede", "agency", agency.to_owned()),
        };
        let actions = asked.answers.iter().map(|answer| link_action(lang, *answer, typed)).collect();
        Self {
            secret: secret.to_owned(),
            lede,
            client_name: asked.client_name.clone(),
            recipient: asked.recipient.clone(),
            service: asked.service.clone(),
            need: lang.word("ref-need", &asked.need),
            urgency: match asked.urgency {
                Urgency::Routine => String::new(),
                other => lang.t(&format!("ref-urgency-{}", other.code())),
            },
            sent_on: day(asked.sent_on),
            due_on: if asked.state == State::Requested { day(asked.due_on) } else { String::new() },
            so_far,
            worker: asked.worker_name.clone(),
            contact: asked.contact.clone(),
            actions,
            is_thanked,
            chrome,
        }
    }

    pub fn to(&self) -> String {
        format!("/r/{}", self.secret)
    }
}

fn link_action(lang: Lang, answer: Answer, typed: Option<&Typed>) -> Action {
    let code = answer.code();
    let expected = match answer {
        Answer::Later | Answer::Accept | Answer::Wait => lang.t(&format!("ref-link-field-{code}")),
        Answer::Decline | Answer::Done => String::new(),
    };
    let mut action = Action {
        command: code,
        prefix: code.to_owned(),
        label: lang.t(&format!("ref-link-do-{code}")),
        expected_label: expected,
        reasons: if answer == Answer::Decline { reason_choices(lang) } else { Vec::new() },
        has_said_by: true,
        words_label: lang.t("ref-link-field-words"),
        submit: lang.t("ref-link-send"),
        ..Action::default()
    };
    if let Some(typed) = typed.filter(|typed| typed.command == code) {
        action.is_open = true;
        action.expected = typed.expected.clone();
        action.reason = typed.reason.clone();
        action.said_by = typed.said_by.clone();
        action.words = typed.words.clone();
    }
    action
}

/// A link that opens nothing, is over, or was tried too often.
#[derive(Debug, Template)]
#[template(path = "referrals/link_none.html")]
pub struct LinkNoneView {
    pub chrome: Chrome,
    pub title: String,
    pub text: String,
}

#[cfg(test)]
pub mod samples {
    use domain::casework::referrals::LinkState;
    use domain::kernel::clock::Instant;
    use domain::kernel::ids::{AccountId, CaseId, ClientId, ReferralId};

    use super::*;
    use crate::web::views::NavItem;
    use crate::web::views::client::Tab;

    fn day(text: &str) -> Day {
        Day::parse_iso(text).unwrap()
    }

    fn frame() -> ClientFrame {
        ClientFrame {
            id: "01JXC".into(),
            tab: Tab::Referrals,
            tabs: Tab::ALL.to_vec(),
            name: "Lucía Moreno".into(),
            pronouns: "she/her".into(),
            language: "Spanish".into(),
            age: Some(15),
            strength: "Plays trumpet".into(),
            wish: "Stay at my school".into(),
            area: "Eastside North".into(),
            workers: vec!["Rosa Alvarez".into()],
            is_restricted: false,
            is_emergency: false,
        }
    }

    fn step(command: Command, state: State, on: &str) -> Step {
        Step {
            command,
            state,
            on: day(on),
            expected_on: None,
            reason: String::new(),
            outcome: None,
            words: String::new(),
            said_by: String::new(),
            via: Via::Worker,
            recorded_by: "Rosa Alvarez".into(),
            recorded_at: Instant::from_micros(0),
        }
    }

    pub fn referral(id: &str, state: State) -> WithSteps {
        let ended = state.is_over().then(|| day("2027-05-09"));
        let referral = Referral {
            id: ReferralId::from_text(id),
            case: CaseId::from_text("01JXK"),
            client: ClientId::from_text("01JXC"),
            organization: "LC".into(),
            recipient: "Larkwater Clinic".into(),
            system: Some(System::Clinic),
            need: "physical_health".into(),
            service: "Asthma nurse".into(),
            why: "The school asks for a plan.".into(),
            shares: "Age, school, the doctor’s name".into(),
            consented_on: Some(day("2027-05-01")),
            urgency: Urgency::Soon,
            answer_days: 14,
            contact: "555 0142".into(),
            state,
            outcome: None,
            reason: if matches!(state, State::Rejected | State::Failed) {
                "waitlist".into()
            } else {
                String::new()
            },
            created_on: day("2027-05-01"),
            sent_on: (state != State::Draft).then(|| day("2027-05-01")),
            since_on: day("2027-05-03"),
            due_on: state.is_open().then(|| day("2027-05-15")),
            expected_on: None,
            ended_on: ended,
            sent_by: AccountId::from_text("rosa"),
            sent_by_name: "Rosa Alvarez".into(),
            version: 1,
            has_barrier: false,
        };
        let mut by_link = step(Command::Receive, State::Received, "2027-05-03");
        by_link.via = Via::Link;
        by_link.expected_on = Some(day("2027-05-12"));
        by_link.words = "We look at it on Tuesday.".into();
        let mut last = step(Command::Reject, State::Rejected, "2027-05-09");
        last.reason = "waitlist".into();
        last.said_by = "Ms Porter".into();
        WithSteps {
            referral,
            steps: vec![step(Command::Send, State::Requested, "2027-05-01"), by_link, last],
            link: Some(LinkState { expires_at: Instant::on_day(day("2027-08-01"), 9), opened_at: None }),
        }
    }

    fn cards(lang: Lang, today: &str, typed: Option<&Typed>) -> Vec<Card> {
        State::ALL
            .iter()
            .enumerate()
            .map(|(at, state)| Card::of(lang, &referral(&format!("r{at}"), *state), day(today), true, typed))
            .collect()
    }

    pub fn tab(lang: Lang) -> Vec<(&'static str, ReferralsView)> {
        let view = |open, over, services| ReferralsView {
            chrome: Chrome::sample(lang, "ref-title", Some(NavItem::Clients)),
            frame: frame(),
            may_record: true,
            may_board: true,
            open,
            over,
            services,
        };
        let service = ServiceRow {
            what: "Evening class".into(),
            provider: "مكتبة الحي".into(),
            when: lang.day("2027-05-01"),
            amount: "3".into(),
            note: String::new(),
        };
        let typed = Typed {
            referral: "r1".into(),
            command: "reject".into(),
            reason: Field::wrong("", lang.t("ref-wrong-reason")),
            ..Typed::default()
        };
        vec![
            ("empty", view(vec![], vec![], vec![])),
            ("usual", view(cards(lang, "2027-05-10", None), vec![], vec![service.clone()])),
            ("late", view(cards(lang, "2027-06-20", Some(&typed)), vec![], vec![service])),
        ]
    }

    pub fn new(lang: Lang) -> Vec<(&'static str, NewReferralView)> {
        let clinic = OrganizationOption {
            name: "Larkwater Clinic".into(),
            system: "clinic".into(),
            system_word: lang.word("system", "clinic"),
        };
        let view = |fields, cases| NewReferralView {
            chrome: Chrome::sample(lang, "ref-new", Some(NavItem::Clients)),
            frame: frame(),
            fields,
            cases,
            organizations: vec![clinic.clone()],
            draft: String::new(),
        };
        let wrong = NewFields {
            recipient: Field::wrong("", lang.t("ref-wrong-recipient")),
            consented_on: Field::wrong("", lang.t("ref-wrong-consent")),
            answer_days: Field::wrong("0", lang.t("ref-wrong-answer-days")),
            ..NewFields::default()
        };
        let two = vec![Choice::new("a", "A"), Choice::new("b", "B")];
        vec![
            ("usual", view(NewFields::default(), vec![Choice::new("a", "A")])),
            ("wrong", view(wrong, two)),
            ("no-case", view(NewFields::default(), vec![])),
        ]
    }

    pub fn hand_over(lang: Lang) -> Vec<(&'static str, HandOverView)> {
        vec![(
            "usual",
            HandOverView {
                chrome: Chrome::sample(lang, "ref-hand-title", Some(NavItem::Clients)),
                frame: frame(),
                address: "https://groundswell.harbor-street.example/r/7kq0m-9x2wd-51tnh-hx9rr-0a4bc".into(),
                expires_on: "2027-08-01".into(),
                today: "2027-05-01".into(),
                due_on: "2027-05-15".into(),
                consented_on: "2027-05-01".into(),
                recipient: "Larkwater Clinic".into(),
                client_name: "Lucía M.".into(),
                service: "Asthma nurse".into(),
                need: lang.word("ref-need", "physical_health"),
                urgency: lang.t("ref-urgency-soon"),
                why: "The school asks for a plan.".into(),
                shares: "Age, school, the doctor’s name".into(),
                worker: "Rosa Alvarez".into(),
                contact: "555 0142".into(),
            },
        )]
    }

    pub fn board(lang: Lang) -> Vec<(&'static str, BoardView)> {
        let today = day("2027-05-20");
        let row = |state| {
            let referral = referral("b", state).referral;
            let waits = referrals::waits(&referral, today);
            BoardRow::of(lang, &BoardLine { referral, client_name: "نور ا.".into(), waits }, today)
        };
        let chrome = || Chrome::sample(lang, "ref-board-title", None);
        let view = |ours, theirs| BoardView { chrome: chrome(), ours, theirs, may_all: true, is_all: false };
        vec![
            ("empty", view(vec![], vec![])),
            ("usual", view(vec![row(State::Requested), row(State::Rejected)], vec![row(State::InProgress)])),
        ]
    }

    pub fn service(lang: Lang) -> Vec<(&'static str, NewServiceView)> {
        let view = |what| NewServiceView {
            chrome: Chrome::sample(lang, "ref-service-new", Some(NavItem::Clients)),
            frame: frame(),
            case: Field::default(),
            cases: vec![Choice::new("a", "A")],
            organizations: vec![],
            what,
            system: Field::default(),
            recipient: Field::default(),
            from: Field::default(),
            to: Field::default(),
            amount: Field::default(),
            unit: Field::default(),
            note: Field::default(),
        };
        let wrong = Field::wrong("", lang.t("ref-wrong-what"));
        vec![("usual", view(Field::default())), ("wrong", view(wrong))]
    }

    pub fn answer(lang: Lang) -> Vec<(&'static str, AnswerView)> {
        let asked = |state| Asked {
            client_name: "Lucía M.".into(),
            recipient: "Larkwater Clinic".into(),
            service: "Asthma nurse".into(),
            need: "physical_health".into(),
            urgency: Urgency::Urgent,
            sent_on: Some(day("2027-05-01")),
            due_on: Some(day("2027-05-15")),
            state,
            expected_on: None,
            worker_name: "Rosa Alvarez".into(),
            contact: "555 0142".into(),
            answers: Answer::ALL.to_vec(),
        };
        let typed = Typed {
            command: "decline".into(),
            reason: Field::wrong("", lang.t("ref-wrong-reason")),
            ..Typed::default()
        };
        let view = |state, is_thanked, typed: Option<&Typed>| {
            let chrome = Chrome::visitor(lang, "ref-link-title");
            let chrome =
                Chrome { csrf: "sample-token".into(), agency_name: "Harbor Street".into(), ..chrome };
            AnswerView::of(chrome, "7kq0m", &asked(state), day("2027-05-03"), is_thanked, typed)
        };
        vec![
            ("usual", view(State::Requested, false, None)),
            ("thanks", view(State::OnHold, true, None)),
            ("wrong", view(State::Received, false, Some(&typed))),
        ]
    }

    pub fn none(lang: Lang) -> Vec<(&'static str, LinkNoneView)> {
        let view = |name: &str| LinkNoneView {
            chrome: Chrome::visitor(lang, &format!("ref-link-{name}-title")),
            title: lang.t(&format!("ref-link-{name}-title")),
            text: lang.t(&format!("ref-link-{name}")),
        };
        vec![("none", view("none")), ("over", view("over")), ("wait", view("wait"))]
    }
}
