//! Barriers as they are recorded, corrected, closed and counted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::*;
use crate::kernel::access::{self, May};
use crate::kernel::clock::Clock;
use crate::kernel::ctx::{Actor, Ctx, Keys, Role, Site};
use crate::kernel::db::{self, Db};
use crate::kernel::ids::{AccountId, ClientId, Ids};
use crate::{casework, evidence, people};

#[test]
fn one_tap_on_any_mechanism_codes_every_axis() {
    for mechanism in &MECHANISMS {
        let details = Details::default().or_usual_for(mechanism.code);
        assert!(details.burden.is_some() && details.access.is_some() && details.locus.is_some());
        assert!(details.severity.is_some() && details.verb.is_some(), "{}", mechanism.code);
        assert_eq!(details.verification, Some(Verification::Unverified));
    }
}

#[test]
fn no_code_stands_twice_and_all_are_codes() {
    let codes: BTreeSet<&str> = MECHANISMS.iter().map(|it| it.code).collect();
    assert_eq!(codes.len(), MECHANISMS.len());
    let is_code = |code: &str| code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    assert!(codes.into_iter().all(is_code));
}

#[test]
fn what_the_worker_says_stands_above_the_usual() {
    let said = Details { locus: Some(Locus::Discrimination), ..Details::default() };
    let details = said.or_usual_for("waitlist");
    assert_eq!((details.locus, details.burden), (Some(Locus::Discrimination), Some(Burden::Compliance)));
    assert!(!Locus::Individual.is_systemic());
}

#[test]
fn the_workers_own_barriers_are_offered_first_then_the_agencys() {
    let usage = |code: &str, n_own, n_agency| Usage { code: code.into(), n_own, n_agency };
    let ranked = ranked(&[usage("cost", 0, 90), usage("hours", 2, 3), usage("transport", 5, 5)]);
    let first: Vec<&str> = ranked.iter().take(4).map(|it| it.code).collect();
    assert_eq!(first, ["transport", "hours", "cost", "not_informed"]);
}

#[test]
fn what_cannot_be_is_refused() {
    let today = Day::parse_iso("2025-06-15").unwrap();
    let good = NewBarrier::new("cost", today);
    assert!(checked(&good, today).is_ok());
    assert!(matches!(checked(&NewBarrier::new("weather", today), today), Err(BarrierError::Code)));
    let tomorrow = NewBarrier::new("cost", today.plus_days(1));
    assert!(matches!(checked(&tomorrow, today), Err(BarrierError::Future)));
    let long = NewBarrier { note: "x".repeat(TEXT_MOST + 1), ..good.clone() };
    assert!(matches!(checked(&long, today), Err(BarrierError::TooLong)));
    let dear = Details { cost_days: Some(COST_DAYS_MOST + 1), ..Details::default() };
    let dear = NewBarrier { details: dear, ..good };
    assert!(matches!(checked(&dear, today), Err(BarrierError::CostDays)));
}

/// An agency with clients `client-0` ... in area A1, each with an open case of Rosa's.
pub(crate) struct Agency {
    _folder: tempfile::TempDir,
    pub site: Site,
}

impl Agency {
    pub async fn new(clients: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let site = Site {
            db: Db::open(&db::file_in(folder.path())).await.unwrap(),
            clock: Clock::Fixed(Instant::from_micros(1_750_000_000_000_000)),
            ids: Arc::new(Ids::counted()),
            keys: Arc::new(Keys::from_bytes([7; 32])),
        };
        let agency = Self { _folder: folder, site };
        agency.clients(0..clients, "A1").await;
        agency
    }

    async fn clients(&self, numbers: std::ops::Range<usize>, area: &str) {
        let ctx = self.site.system("test");
        let mut tx = ctx.begin().await.unwrap();
        let strata = evidence::strata_ids(&tx, &[BTreeMap::new()]).await.unwrap();
        let opened_on = ctx.now.day().plus_days(-300);
        for number in numbers {
            let id = ClientId::from_text(format!("client-{number}"));
            let client = people::Client {
                id: id.clone(),
                preferred_name: "Lucía Moreno".to_owned(),
                legal_name: "Lucía Moreno".to_owned(),
                pronouns: String::new(),
                language: String::new(),
                born_on: opened_on,
                area: area.to_owned(),
                strength: String::new(),
                wish: String::new(),
                groups: BTreeMap::new(),
            };
            people::clients_insert(&ctx, &mut tx, &[client]).await.unwrap();
            let case = casework::Case {
                id: CaseId::from_text(format!("case-{number}")),
                client: id,
                area: area.to_owned(),
                stratum_id: strata[0],
                worker: AccountId::from_text("rosa"),
                opened_on,
                closed_on: None,
            };
            casework::cases_insert(&ctx, &mut tx, &[case]).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    pub fn person(&self, id: &str, role: Role) -> Ctx {
        let account = AccountId::from_text(id);
        self.site.ctx(Actor::Person { account, roles: [role].into_iter().collect() })
    }

    pub fn worker(&self) -> Ctx {
        self.person("rosa", Role::Caseworker)
    }

    /// Written as it stands in the table: who may restrict is a test of its own.
    pub async fn restrict(&self, client: &str) {
        let tx = self.site.db.begin().await.unwrap();
        let text = format!(
            "insert into client_restriction (client_id, reason, set_at, set_by) values ('{client}', 'x', 1, 'x')"
        );
        tx.execute_text("restrict", &text, vec![]).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn barriers(&self, client: &str) -> Vec<Barrier> {
        let ctx = self.worker();
        let mut tx = ctx.begin().await.unwrap();
        let grant = access::client(&ctx, &mut tx, ClientId::from_text(client), May::Read).await.unwrap();
        barriers(&ctx, &tx, &grant).await.unwrap()
    }

    async fn others(&self, client: &str) -> Vec<Others> {
        let ctx = self.worker();
        let mut tx = ctx.begin().await.unwrap();
        let grant = access::client(&ctx, &mut tx, ClientId::from_text(client), May::Read).await.unwrap();
        others(&ctx, &tx, &grant, &privacy::Policy::default()).await.unwrap()
    }
}

#[tokio::test]
async fn a_barrier_is_recorded_in_somebody_elses_transaction_and_not_with_a_grant_to_read() {
    let agency = Agency::new(1).await;
    let ctx = agency.worker();
    let new = NewBarrier::new("waitlist", ctx.now.day());
    let case = || CaseId::from_text("case-0");
    let mut tx = ctx.begin().await.unwrap();
    let reader = access::case(&ctx, &mut tx, case(), May::Read).await.unwrap();
    assert!(matches!(record_in(&ctx, &mut tx, &reader, &new).await, Err(BarrierError::NotFound)));
    let grant = access::case(&ctx, &mut tx, case(), May::Record).await.unwrap();
    let id = record_in(&ctx, &mut tx, &grant, &new).await.unwrap();
    let nowhere = NewBarrier { organization: "none".into(), ..new };
    assert!(matches!(record_in(&ctx, &mut tx, &grant, &nowhere).await, Err(BarrierError::Organization)));
    drop(tx);
    assert!(agency.barriers("client-0").await.is_empty(), "rolled back with the transaction");
    let mut tx = ctx.begin().await.unwrap();
    let grant = access::case(&ctx, &mut tx, case(), May::Record).await.unwrap();
    let again = record_in(&ctx, &mut tx, &grant, &NewBarrier::new("waitlist", ctx.now.day())).await.unwrap();
    tx.commit().await.unwrap();
    assert_ne!(again, id);
    let found = agency.barriers("client-0").await;
    assert_eq!((found.len(), found[0].id.as_str()), (1, again.as_str()));
    assert_eq!(found[0].details, Details::default().or_usual_for("waitlist"));
}

#[tokio::test]
async fn a_correction_supersedes_and_what_was_superseded_does_not_count() {
    let agency = Agency::new(1).await;
    let ctx = agency.worker();
    let client = ClientId::from_text("client-0");
    let id = record(&ctx, &client, None, &NewBarrier::new("cost", ctx.now.day())).await.unwrap();
    evidence::top_up(&ctx).await.unwrap();
    let right = NewBarrier::new("transport", ctx.now.day().plus_days(-1));
    let second = correct(&ctx, &client, &id, &id, &right).await.unwrap();
    let late = correct(&ctx, &client, &id, &id, &right).await;
    assert!(matches!(late, Err(BarrierError::ChangedMeanwhile)));
    let found = agency.barriers("client-0").await;
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0].id, &found[0].event_id, found[0].code.as_str()), (&id, &second, "transport"));
    evidence::top_up(&ctx).await.unwrap();
    let codes = evidence::codes(&agency.site.db).await.unwrap();
    let counted: Vec<_> = codes.iter().map(|it| (it.code.as_str(), it.n)).collect();
    assert_eq!(counted, [("transport", 1)]);
    let mut tx = ctx.begin().await.unwrap();
    let grant = access::client(&ctx, &mut tx, client, May::Read).await.unwrap();
    let history = versions(&ctx, &tx, &grant, &id).await.unwrap();
    assert_eq!(history.iter().map(|it| it.code.as_str()).collect::<Vec<_>>(), ["transport", "cost"]);
    let lately = usage(&ctx, &tx).await.unwrap();
    assert_eq!(lately, [Usage { code: "transport".into(), n_own: 1, n_agency: 1 }]);
}

#[tokio::test]
async fn a_barrier_ends_once_stays_ended_when_corrected_and_opens_again() {
    let agency = Agency::new(1).await;
    let ctx = agency.worker();
    let client = ClientId::from_text("client-0");
    let today = ctx.now.day();
    let new = NewBarrier::new("cost", today.plus_days(-10));
    let id = record(&ctx, &client, None, &new).await.unwrap();
    let end = |ago: i64| Resolution {
        on: today.plus_days(-ago),
        how: How::Exception,
        note: " Fee waived. ".into(),
    };
    for wrong in [11, -1] {
        let refused = resolve(&ctx, &client, &id, &end(wrong)).await;
        assert!(matches!(refused, Err(BarrierError::ResolvedOn)));
    }
    resolve(&ctx, &client, &id, &end(2)).await.unwrap();
    assert!(matches!(resolve(&ctx, &client, &id, &end(1)).await, Err(BarrierError::ChangedMeanwhile)));
    correct(&ctx, &client, &id, &id, &new).await.unwrap();
    let found = agency.barriers("client-0").await.remove(0);
    assert_eq!(found.resolution.unwrap().note, "Fee waived.");
    reopen(&ctx, &client, &id).await.unwrap();
    assert!(agency.barriers("client-0").await[0].resolution.is_none());
}

#[tokio::test]
async fn another_clients_barrier_is_not_found() {
    let agency = Agency::new(2).await;
    let ctx = agency.worker();
    let new = NewBarrier::new("cost", ctx.now.day());
    let id = record(&ctx, &ClientId::from_text("client-0"), None, &new).await.unwrap();
    let other = ClientId::from_text("client-1");
    assert!(matches!(correct(&ctx, &other, &id, &id, &new).await, Err(BarrierError::NotFound)));
    let stranger = agency.person("sam", Role::Caseworker);
    let refused = record(&stranger, &other, None, &new).await;
    assert!(matches!(refused, Err(BarrierError::NotFound)));
    let mut tx = ctx.begin().await.unwrap();
    let grant = access::client(&ctx, &mut tx, other, May::Read).await.unwrap();
    assert!(versions(&ctx, &tx, &grant, &id).await.unwrap().is_empty());
}

#[tokio::test]
async fn others_are_counted_without_this_client_and_without_the_restricted_and_few_are_not_shown() {
    let agency = Agency::new(13).await;
    let ctx = agency.worker();
    let today = ctx.now.day();
    for number in 0..13 {
        let client = ClientId::from_text(format!("client-{number}"));
        let new = NewBarrier::new("cost", today);
        let id = record(&ctx, &client, None, &new).await.unwrap();
        // Twice in one client, once corrected: still one client.
        record(&ctx, &client, None, &NewBarrier::new("cost", today)).await.unwrap();
        correct(&ctx, &client, &id, &id, &new).await.unwrap();
    }
    let shown = agency.others("client-0").await;
    assert_eq!((shown[0].scope, shown[0].count.value()), (Where::Area, Some(&12)));
    agency.restrict("client-11").await;
    assert_eq!(agency.others("client-0").await[0].count.value(), Some(&11));
    agency.restrict("client-12").await;
    let few = agency.others("client-0").await;
    assert_eq!(
        (few[0].scope, few[0].count.value(), few[0].count.fewer_than()),
        (Where::Agency, None, Some(11))
    );
    // Somebody elsewhere makes it eleven in the agency; the area still has too few to say.
    agency.clients(13..14, "B2").await;
    let elsewhere = ClientId::from_text("client-13");
    record(&ctx, &elsewhere, None, &NewBarrier::new("cost", today)).await.unwrap();
    let agency_wide = agency.others("client-0").await;
    assert_eq!((agency_wide[0].scope, agency_wide[0].count.value()), (Where::Agency, Some(&11)));
}

#[tokio::test]
async fn a_barrier_that_was_taken_back_counts_nowhere() {
    let agency = Agency::new(1).await;
    let ctx = agency.worker();
    let client = ClientId::from_text("client-0");
    let id = record(&ctx, &client, None, &NewBarrier::new("cost", ctx.now.day())).await.unwrap();
    evidence::top_up(&ctx).await.unwrap();
    withdraw(&ctx, &client, &id, &id).await.unwrap();
    assert!(matches!(withdraw(&ctx, &client, &id, &id).await, Err(BarrierError::NotFound)));
    assert!(agency.barriers("client-0").await.is_empty());
    evidence::top_up(&ctx).await.unwrap();
    assert!(evidence::codes(&agency.site.db).await.unwrap().is_empty());
}
