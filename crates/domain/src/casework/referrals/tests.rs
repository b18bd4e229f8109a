use std::sync::Arc;

use super::commands::after;
use super::*;
use crate::casework;
use crate::kernel::clock::{Clock, Hand};
use crate::kernel::ctx::{Actor, Ctx, Keys, Role, Site};
use crate::kernel::db::{self, Db, Sql};
use crate::kernel::ids::Ids;
use crate::{evidence, people};

fn day(text: &str) -> Day {
    Day::parse_iso(text).unwrap()
}

/// Every state with every command. A row is a state; `.` is forbidden, else the state after it by its letter.
#[test]
fn every_command_in_every_state() {
    use State as S;
    let letters = [
        ('d', S::Draft),
        ('q', S::Requested),
        ('r', S::Received),
        ('a', S::Accepted),
        ('j', S::Rejected),
        ('p', S::InProgress),
        ('h', S::OnHold),
        ('x', S::Cancelled),
        ('f', S::Failed),
        ('c', S::Completed),
        ('e', S::EnteredInError),
    ];
    assert_eq!(letters.len(), S::ALL.len());
    // Send Receive Accept Wait Start Reject Complete Fail NoResponse Ask Cancel SayOutcome EnterInError
    let table = [
        (S::Draft, "q.........x.e"),
        (S::Requested, ".rah.jcffqx.e"),
        (S::Received, ".rah.jcffrx.e"),
        (S::Accepted, "..ahp.cffax.e"),
        (S::Rejected, "...........je"),
        (S::InProgress, "...h..cf.px.e"),
        (S::OnHold, "..ahpjcffhx.e"),
        (S::Cancelled, "...........xe"),
        (S::Failed, "...........fe"),
        (S::Completed, "...........ce"),
        (S::EnteredInError, "............."),
    ];
    assert_eq!(table.len(), S::ALL.len());
    for (state, row) in table {
        assert_eq!(row.len(), Command::ALL.len());
        for (command, letter) in Command::ALL.iter().zip(row.chars()) {
            let expected = letters.iter().find(|(it, _)| *it == letter).map(|(_, after)| *after);
            assert_eq!(decide(state, *command).ok(), expected, "{command} when {state}");
        }
    }
}

#[test]
fn what_is_over_is_not_open_and_received_is_not_closed() {
    assert!(State::Received.is_open() && State::OnHold.is_open());
    for state in State::ALL {
        assert!(!(state.is_open() && state.is_over()), "{state}");
        assert_eq!(State::from_code(state.code()), Some(*state));
    }
}

fn sample(state: State) -> Referral {
    Referral {
        id: ReferralId::from_text("r1"),
        case: CaseId::from_text("case-1"),
        client: ClientId::from_text("client-1"),
        organization: "org-1".into(),
        recipient: "Larkwater Clinic".into(),
        system: Some(System::Clinic),
        need: "physical_health".into(),
        service: "Asthma nurse".into(),
        why: String::new(),
        shares: String::new(),
        consented_on: Some(day("2025-05-01")),
        urgency: Urgency::Routine,
        answer_days: 14,
        contact: "555 0142".into(),
        state,
        outcome: None,
        reason: String::new(),
        created_on: day("2025-05-01"),
        sent_on: Some(day("2025-05-01")),
        since_on: day("2025-05-01"),
        due_on: Some(day("2025-05-15")),
        expected_on: None,
        ended_on: None,
        sent_by: AccountId::from_text("rosa"),
        sent_by_name: "Rosa".into(),
        version: 1,
        has_barrier: false,
    }
}

#[test]
fn it_is_the_recipients_turn_until_its_day_has_passed() {
    let referral = sample(State::Requested);
    let waiting = waits(&referral, day("2025-05-10"));
    assert_eq!((waiting.turn, waiting.days), (Turn::Recipient, 9));
    assert_eq!(waits(&referral, day("2025-05-15")).turn, Turn::Recipient);
    let late = waits(&referral, day("2025-05-17"));
    assert_eq!((late.turn, late.days), (Turn::Worker(Duty::Chase), 2));
    let on_hold = Referral { state: State::OnHold, ..referral.clone() };
    assert_eq!(waits(&on_hold, day("2025-06-01")).turn, Turn::Worker(Duty::CheckPlace));
}

#[test]
fn a_bad_end_asks_for_its_barrier_for_sixty_days_unless_the_client_did_not_want_it() {
    let ended = Referral {
        ended_on: Some(day("2025-05-10")),
        reason: "capacity_closed".into(),
        due_on: None,
        ..sample(State::Rejected)
    };
    assert_eq!(waits(&ended, day("2025-05-11")).turn, Turn::Worker(Duty::NameBarrier));
    assert_eq!(barrier_code(&ended), Some("capacity_closed"));
    assert_eq!(waits(&ended, day("2025-07-20")).turn, Turn::Nobody);
    let unwanted = Referral { reason: "not_wanted".into(), ..ended.clone() };
    assert_eq!(waits(&unwanted, day("2025-05-11")).turn, Turn::Nobody);
    let known = Referral { has_barrier: true, ..ended };
    assert_eq!(waits(&known, day("2025-05-11")).turn, Turn::Nobody);
}

#[test]
fn what_is_done_for_the_recipient_is_not_done_until_the_client_was_asked() {
    let done = Referral { ended_on: Some(day("2025-05-10")), ..sample(State::Completed) };
    assert_eq!(waits(&done, day("2025-05-10")).turn, Turn::Worker(Duty::AskClient));
    let asked = Referral { outcome: Some(Outcome::Unknown), ..done.clone() };
    assert_eq!(waits(&asked, day("2025-05-10")).turn, Turn::Nobody);
    let mut say = NewStep::plain(Command::SayOutcome, day("2025-05-20"));
    say.outcome = Some(Outcome::Attained);
    let said = after(&asked, &say).unwrap();
    assert_eq!((said.outcome, said.ended_on), (Some(Outcome::Attained), Some(day("2025-05-10"))));
    say.outcome = Some(Outcome::NotAttained);
    assert!(matches!(after(&said, &say), Err(ReferralError::Forbidden(_))));
}

#[test]
fn every_reason_with_a_barrier_has_one_in_the_list() {
    for reason in REASONS.into_iter().chain([NO_RESPONSE]) {
        let ended = Referral { reason: reason.to_owned(), ..sample(State::Failed) };
        if let Some(code) = barrier_code(&ended) {
            assert!(crate::casework::barriers::mechanism(code).is_some(), "{reason}");
        }
    }
}

#[test]
fn the_days_are_counted_by_who_had_them() {
    let step = |state, on: &str| Step {
        command: Command::Send,
        state,
        on: day(on),
        expected_on: None,
        reason: String::new(),
        outcome: None,
        words: String::new(),
        said_by: String::new(),
        via: Via::Worker,
        recorded_by: String::new(),
        recorded_at: Instant::from_micros(0),
    };
    let steps = [
        step(State::Requested, "2025-05-01"),
        step(State::Received, "2025-05-04"),
        step(State::Accepted, "2025-05-10"),
    ];
    let counted = ageing(&sample(State::Accepted), &steps, day("2025-05-21"));
    assert_eq!(counted, Ageing { total_days: 20, pending_days: 9, in_process_days: 11 });
    let ended = Referral { ended_on: Some(day("2025-05-12")), ..sample(State::Completed) };
    let steps = [&steps[..], &[step(State::Completed, "2025-05-12")]].concat();
    let counted = ageing(&ended, &steps, day("2025-12-31"));
    assert_eq!(counted, Ageing { total_days: 11, pending_days: 9, in_process_days: 2 });
}

#[test]
fn nothing_goes_out_without_the_clients_consent_and_all_that_is_wrong_is_said() {
    let new = NewReferral { consented_on: None, contact: String::new(), answer_days: 0, ..typed() };
    let today = day("2025-06-15");
    assert_eq!(checked(&new, How::Send, today), [Wrong::Consent, Wrong::AnswerDays, Wrong::Contact]);
    assert_eq!(checked(&new, How::KeepAsDraft, today), [Wrong::AnswerDays]);
    let unknown = NewReferral { organization: String::new(), recipient: "A new place".into(), ..typed() };
    assert_eq!(checked(&unknown, How::Send, today), [Wrong::System]);
    let tomorrow = NewReferral { consented_on: Some(day("2025-06-16")), ..typed() };
    assert_eq!(checked(&tomorrow, How::Send, today), [Wrong::ConsentLater]);
}

fn typed() -> NewReferral {
    NewReferral {
        case: CaseId::from_text("case-1"),
        organization: "org-1".into(),
        recipient: String::new(),
        system: None,
        need: "physical_health".into(),
        service: "Asthma nurse".into(),
        why: "CANARY-WHY".into(),
        shares: "CANARY-SHARES".into(),
        consented_on: Some(day("2025-06-15")),
        urgency: Urgency::Soon,
        answer_days: 14,
        contact: "555 0142".into(),
    }
}

struct Bench {
    _folder: tempfile::TempDir,
    site: Site,
    hand: Hand,
}

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let hand = Hand::at(Instant::from_micros(1_750_000_000_000_000));
        let site = Site {
            db: Db::open(&db::file_in(folder.path())).await.unwrap(),
            clock: Clock::Hand(hand),
            ids: Arc::new(Ids::counted()),
            keys: Arc::new(Keys::from_bytes([7; 32])),
        };
        let ctx = site.system("test");
        let mut tx = ctx.begin().await.unwrap();
        let stratum = [("language".to_owned(), "Spanish".to_owned())].into_iter().collect();
        let strata = evidence::strata_ids(&tx, &[stratum]).await.unwrap();
        let client = people::Client {
            id: ClientId::from_text("client-1"),
            preferred_name: "Lucía Moreno".to_owned(),
            legal_name: "CANARY-LEGAL".to_owned(),
            pronouns: String::new(),
            language: "Spanish".to_owned(),
            born_on: day("1990-01-01"),
            area: "A1".to_owned(),
            strength: String::new(),
            wish: String::new(),
            groups: Default::default(),
        };
        people::clients_insert(&ctx, &mut tx, &[client]).await.unwrap();
        let case = casework::Case {
            id: CaseId::from_text("case-1"),
            client: ClientId::from_text("client-1"),
            area: "A1".to_owned(),
            stratum_id: strata[0],
            worker: AccountId::from_text("rosa"),
            opened_on: day("2025-01-16"),
            closed_on: None,
        };
        casework::cases_insert(&ctx, &mut tx, &[case]).await.unwrap();
        let clinic = people::Organization {
            id: "org-1".into(),
            name: "Larkwater Clinic".into(),
            system: System::Clinic,
            area: "A1".into(),
        };
        people::organizations_insert(&mut tx, &[clinic]).await.unwrap();
        tx.commit().await.unwrap();
        Self { _folder: folder, site, hand }
    }

    fn rosa(&self) -> Ctx {
        let roles = [Role::Caseworker].into_iter().collect();
        self.site.ctx(Actor::Person { account: AccountId::from_text("rosa"), roles })
    }

    fn stranger(&self) -> Ctx {
        let roles = [Role::Caseworker].into_iter().collect();
        self.site.ctx(Actor::Person { account: AccountId::from_text("sam"), roles })
    }

    fn nobody(&self) -> Ctx {
        self.site.ctx(Actor::Anonymous)
    }

    fn days(&self, days: i64) {
        self.hand.advance_seconds(days * 86_400);
    }

    async fn sent(&self) -> (ReferralId, String) {
        let saved = save(&self.rosa(), &client(), None, &typed(), How::Send).await.unwrap();
        (saved.id, saved.link.unwrap().secret)
    }

    async fn now(&self, id: &ReferralId) -> WithSteps {
        let ctx = self.rosa();
        let mut tx = ctx.begin().await.unwrap();
        let grant = crate::kernel::access::client(&ctx, &mut tx, client(), crate::kernel::access::May::Read);
        let grant = grant.await.unwrap();
        one(&ctx, &tx, &grant, id).await.unwrap().unwrap()
    }

    async fn texts(&self, sql: &'static str) -> Vec<String> {
        let rows = self.site.db.rows(Sql { name: "test", text: sql }, vec![]).await.unwrap();
        rows.iter().map(|row| row.text(0).unwrap()).collect()
    }
}

fn client() -> ClientId {
    ClientId::from_text("client-1")
}

fn say(reason: &str) -> NewStep {
    NewStep { reason: reason.to_owned(), ..NewStep::plain(Command::Receive, day("2000-01-01")) }
}

const EVENTS: &str = "select e.kind || ':' || e.code || ':' || e.system || ':' || e.organization_id from case_event e \
    where not exists (select 1 from case_event x where x.supersedes_seq = e.seq) order by e.seq";

#[tokio::test]
async fn an_answer_by_link_is_a_step_and_an_event_and_the_link_ends_with_the_referral() {
    let bench = Bench::new().await;
    let (id, secret) = bench.sent().await;
    let stored = bench.texts("select secret_hash from referral_link").await;
    assert_eq!(stored.len(), 1);
    let dump = bench.texts("select group_concat(subject_id || detail || action) from audit").await;
    assert!(!stored[0].contains(&secret) && !dump[0].contains(&secret));

    let Opened::Asked(asked) = open(&bench.nobody(), &secret, "1.2.3.4").await.unwrap() else { panic!() };
    assert_eq!((asked.client_name.as_str(), asked.service.as_str()), ("Lucía M.", "Asthma nurse"));
    assert!(!format!("{asked:?}").contains("CANARY"));

    bench.days(3);
    let later = NewStep { expected_on: Some(day("2025-06-30")), ..say("") };
    answer(&bench.nobody(), &secret, "", Answer::Later, later).await.unwrap();
    let now = bench.now(&id).await;
    assert_eq!((now.referral.state, now.referral.due_on), (State::Received, Some(day("2025-06-30"))));
    assert!(now.link.unwrap().opened_at.is_some());

    let no_reason = answer(&bench.nobody(), &secret, "", Answer::Decline, say("")).await;
    assert!(matches!(no_reason, Err(AnswerError::Wrong(wrong)) if wrong == [Wrong::Reason]));
    answer(&bench.nobody(), &secret, "", Answer::Decline, say("capacity_closed")).await.unwrap();
    let now = bench.now(&id).await;
    assert_eq!((now.referral.state, now.referral.reason.as_str()), (State::Rejected, "capacity_closed"));
    assert_eq!(now.steps.last().map(|step| step.via), Some(Via::Link));
    assert_eq!(open(&bench.nobody(), &secret, "").await.unwrap(), Opened::Over);
    let again = answer(&bench.nobody(), &secret, "", Answer::Accept, say("")).await;
    assert!(matches!(again, Err(AnswerError::Opened(Opened::Over))));

    let barrier = BarrierOf { code: String::new(), on: day("2025-06-18"), note: String::new() };
    barrier_record(&bench.rosa(), &client(), &id, &barrier).await.unwrap();
    assert!(barrier_record(&bench.rosa(), &client(), &id, &barrier).await.is_err());
    let events = bench.texts(EVENTS).await;
    let expected = ["referral:sent", "referral:received", "referral:declined", "barrier:capacity_closed"];
    assert_eq!(events, expected.map(|it| format!("{it}:clinic:org-1")));
    evidence::top_up(&bench.site.system("test")).await.unwrap();
    let counted = bench.texts("select kind || ':' || code from evidence order by seq").await;
    assert_eq!(counted, expected);
    let actors = bench.texts("select actor from audit where action = 'referral.step' order by seq").await;
    assert_eq!(actors, ["rosa", "system:referral-link", "system:referral-link"]);
}

#[tokio::test]
async fn a_wrong_letter_an_old_link_and_nonsense_are_the_same_and_many_tries_have_to_wait() {
    let bench = Bench::new().await;
    let (id, secret) = bench.sent().await;
    let first = secret.chars().next().unwrap();
    let wrong = secret.replacen(first, if first == 'a' { "b" } else { "a" }, 1);
    for nothing in [wrong.as_str(), "nonsense", "", "-----"] {
        assert_eq!(open(&bench.nobody(), nothing, "1.1.1.1").await.unwrap(), Opened::Nothing, "{nothing}");
    }
    // As somebody reads it from paper.
    let read = secret.to_uppercase().replace('-', " ").replace('0', "O").replace('1', "l");
    assert!(matches!(open(&bench.nobody(), &read, "2.2.2.2").await.unwrap(), Opened::Asked(_)));

    let newer = link_new(&bench.rosa(), &client(), &id).await.unwrap();
    assert_eq!(open(&bench.nobody(), &secret, "2.2.2.2").await.unwrap(), Opened::Nothing);
    assert!(matches!(open(&bench.nobody(), &newer.secret, "2.2.2.2").await.unwrap(), Opened::Asked(_)));
    bench.days(LINK_DAYS);
    assert_eq!(open(&bench.nobody(), &newer.secret, "2.2.2.2").await.unwrap(), Opened::Nothing);

    for _ in 0..ADDRESS_MISSES {
        open(&bench.nobody(), "nonsense", "3.3.3.3").await.unwrap();
    }
    assert_eq!(open(&bench.nobody(), "nonsense", "3.3.3.3").await.unwrap(), Opened::Wait);
    assert_eq!(open(&bench.nobody(), &newer.secret, "3.3.3.3").await.unwrap(), Opened::Wait);
    bench.hand.advance_seconds(16 * 60);
    assert_eq!(open(&bench.nobody(), "nonsense", "3.3.3.3").await.unwrap(), Opened::Nothing);
}

#[tokio::test]
async fn one_link_takes_only_so_many_answers_in_a_quarter_of_an_hour() {
    let bench = Bench::new().await;
    let (_, secret) = bench.sent().await;
    for _ in 0..ADDRESS_MISSES {
        answer(&bench.nobody(), &secret, "", Answer::Later, say("")).await.unwrap();
    }
    let more = answer(&bench.nobody(), &secret, "", Answer::Later, say("")).await;
    assert!(matches!(more, Err(AnswerError::Opened(Opened::Wait))));
    // Saying the same again is no news.
    assert_eq!(bench.texts(EVENTS).await.len(), 2);
}

#[tokio::test]
async fn done_says_the_recipient_and_the_service_counts_when_the_client_says_so() {
    let bench = Bench::new().await;
    let (id, secret) = bench.sent().await;
    answer(&bench.nobody(), &secret, "", Answer::Accept, say("")).await.unwrap();
    bench.days(10);
    answer(&bench.nobody(), &secret, "", Answer::Done, say("")).await.unwrap();
    let board_of = |ctx: Ctx| async move { board(&ctx, false).await.unwrap() };
    let lines = board_of(bench.rosa()).await;
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].waits.turn, Turn::Worker(Duty::AskClient));
    assert!(board_of(bench.stranger()).await.is_empty());
    let step = NewStep {
        outcome: Some(Outcome::Attained),
        ..NewStep::plain(Command::SayOutcome, bench.rosa().now.day())
    };
    record_step(&bench.rosa(), &client(), &id, &step).await.unwrap();
    assert!(board_of(bench.rosa()).await.is_empty());
    let events = bench.texts(EVENTS).await;
    assert_eq!(events.last().map(String::as_str), Some("service:received:clinic:org-1"));

    let mistake = NewStep::plain(Command::EnterInError, bench.rosa().now.day());
    record_step(&bench.rosa(), &client(), &id, &mistake).await.unwrap();
    evidence::top_up(&bench.site.system("test")).await.unwrap();
    assert_eq!(bench.texts("select code from evidence").await, Vec::<String>::new());
    assert_eq!(open(&bench.nobody(), &secret, "").await.unwrap(), Opened::Nothing);
}

#[tokio::test]
async fn a_draft_goes_out_when_it_is_ready_and_a_stranger_finds_nothing() {
    let bench = Bench::new().await;
    let draft = NewReferral { consented_on: None, ..typed() };
    let refused = save(&bench.rosa(), &client(), None, &draft, How::Send).await;
    assert!(matches!(refused, Err(ReferralError::Wrong(wrong)) if wrong == [Wrong::Consent]));
    let kept = save(&bench.rosa(), &client(), None, &draft, How::KeepAsDraft).await.unwrap();
    assert!(kept.link.is_none());
    assert!(bench.texts(EVENTS).await.is_empty());
    let sent = save(&bench.rosa(), &client(), Some(&kept.id), &typed(), How::Send).await.unwrap();
    assert_eq!(sent.id, kept.id);
    assert_eq!(bench.now(&sent.id).await.referral.state, State::Requested);
    let again = save(&bench.rosa(), &client(), Some(&kept.id), &typed(), How::Send).await;
    assert!(matches!(again, Err(ReferralError::Changed)));
    let as_stranger = save(&bench.stranger(), &client(), None, &typed(), How::Send).await;
    assert!(matches!(as_stranger, Err(ReferralError::Access(AccessError::NotFound))));
    let step = NewStep::plain(Command::Accept, day("2025-06-15"));
    let as_stranger = record_step(&bench.stranger(), &client(), &sent.id, &step).await;
    assert!(matches!(as_stranger, Err(ReferralError::Access(AccessError::NotFound))));
    let of_other = record_step(&bench.rosa(), &ClientId::from_text("client-2"), &sent.id, &step).await;
    assert!(matches!(of_other, Err(ReferralError::Access(AccessError::NotFound))));
}

#[tokio::test]
async fn silence_makes_one_reminder_for_each_day_that_passed_and_then_a_barrier() {
    let bench = Bench::new().await;
    let (id, _) = bench.sent().await;
    bench.days(14);
    assert_eq!(nudge(&bench.site.system("test")).await.unwrap(), 0);
    bench.days(1);
    assert_eq!(nudge(&bench.site.system("test")).await.unwrap(), 1);
    assert_eq!(nudge(&bench.site.system("test")).await.unwrap(), 0);
    let asked = NewStep::plain(Command::Ask, bench.rosa().now.day());
    record_step(&bench.rosa(), &client(), &id, &asked).await.unwrap();
    assert_eq!(nudge(&bench.site.system("test")).await.unwrap(), 0);
    bench.days(15);
    assert_eq!(nudge(&bench.site.system("test")).await.unwrap(), 1);
    let on = bench.rosa().now.day();
    let barrier = BarrierOf { code: String::new(), on, note: "Two calls, one letter.".into() };
    barrier_record(&bench.rosa(), &client(), &id, &barrier).await.unwrap();
    let now = bench.now(&id).await.referral;
    assert_eq!((now.state, now.reason.as_str(), now.has_barrier), (State::Failed, "no_response", true));
    let events = bench.texts(EVENTS).await;
    assert_eq!(events[2..], ["referral:no_response:clinic:org-1", "barrier:no_response:clinic:org-1"]);
}

#[tokio::test]
async fn a_service_without_a_referral_has_what_from_whom_and_how_much() {
    let bench = Bench::new().await;
    let new = NewService {
        case: CaseId::from_text("case-1"),
        what: "Evening class".into(),
        organization: String::new(),
        provider: "Library".into(),
        system: Some(System::Community),
        from: day("2025-05-01"),
        to: Some(day("2025-04-01")),
        amount_hundredths: Some(350),
        unit: "hours".into(),
        note: String::new(),
    };
    let wrong = service_record(&bench.rosa(), &client(), &new).await;
    assert!(matches!(wrong, Err(ReferralError::Wrong(wrong)) if wrong == [Wrong::Period]));
    let good = NewService { to: None, ..new };
    service_record(&bench.rosa(), &client(), &good).await.unwrap();
    let ctx = bench.rosa();
    let mut tx = ctx.begin().await.unwrap();
    let grant = crate::kernel::access::client(&ctx, &mut tx, client(), crate::kernel::access::May::Read);
    let grant = grant.await.unwrap();
    let services = services_of_client(&tx, &grant).await.unwrap();
    assert_eq!(services.len(), 1);
    assert_eq!((services[0].what.as_str(), services[0].provider.as_str()), ("Evening class", "Library"));
    assert_eq!(services[0].amount_hundredths, Some(350));
}
