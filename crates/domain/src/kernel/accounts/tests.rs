//! Accounts on a real database, with a clock that the test moves.

use std::sync::Arc;

use super::*;
use crate::kernel::audit::{self, Filter};
use crate::kernel::clock::{Clock, Hand};
use crate::kernel::ctx::{Ctx, Keys, Site};
use crate::kernel::db::{self, Db};
use crate::kernel::ids::Ids;

const GOOD: &str = "copper lantern drifts";
const OTHER: &str = "seven quiet harbours";

struct Bench {
    _folder: tempfile::TempDir,
    site: Site,
    clock: Hand,
}

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Hand::at(Instant::from_micros(1_750_000_000_000_000));
        let site = Site {
            db: Db::open(&db::file_in(folder.path())).await.unwrap(),
            clock: Clock::Hand(clock),
            ids: Arc::new(Ids::counted()),
            keys: Arc::new(Keys::from_bytes([7; 32])),
        };
        Self { _folder: folder, site, clock }
    }

    fn nobody(&self) -> Ctx {
        self.site.ctx(Actor::Anonymous)
    }

    fn system(&self) -> Ctx {
        self.site.system("test")
    }

    fn as_person(&self, account: &Account) -> Ctx {
        self.site.ctx(account.actor())
    }

    async fn with_password(&self, login: &str, roles: &[Role]) -> Account {
        let (account, link) = add(&self.system(), somebody(login, roles)).await.unwrap();
        password_by_link(&self.nobody(), &link.secret, Typed::new(GOOD)).await.unwrap();
        account
    }

    async fn log_in(&self, login: &str, password: &str) -> Result<Account, LoginError> {
        log_in(&self.nobody(), login, Typed::new(password), "203.0.113.5").await
    }

    async fn actions(&self) -> Vec<String> {
        let filter = Filter { limit: 100, ..Filter::default() };
        let entries = audit::entries(&self.site.db, &filter).await.unwrap();
        entries.into_iter().rev().map(|entry| entry.action).collect()
    }
}

fn somebody(login: &str, roles: &[Role]) -> AddAccount {
    AddAccount {
        login: Login::parse(login).unwrap(),
        name: Name::parse("Rosa Alvarez").unwrap(),
        roles: roles.iter().copied().collect(),
    }
}

fn first_run() -> SetUp {
    SetUp {
        agency_name: Name::parse("Harbor Street Family Center").unwrap(),
        name: Name::parse("Ada Mensah").unwrap(),
        login: Login::parse("Ada").unwrap(),
        password: Typed::new(GOOD),
    }
}

#[test]
fn a_login_is_read_in_small_letters_and_a_name_without_control_characters() {
    assert_eq!(Login::parse(" Rosa.Alvarez@Harbor.org ").unwrap().as_str(), "rosa.alvarez@harbor.org");
    for wrong in ["", "a", "ro sa", "a@b@c", "rosá", &"x".repeat(101)] {
        assert_eq!(Login::parse(wrong), Err(NotALogin), "{wrong}");
    }
    assert!(Name::parse(" نور الهدى ").is_ok());
    for wrong in ["  ", "a\nb", &"x".repeat(121)] {
        assert_eq!(Name::parse(wrong), Err(NotAName), "{wrong}");
    }
}

#[tokio::test]
async fn the_first_run_happens_once_with_the_newest_link() {
    let bench = Bench::new().await;
    let old = set_up_link(&bench.system()).await.unwrap().unwrap();
    let link = set_up_link(&bench.system()).await.unwrap().unwrap();
    let ctx = bench.nobody();
    assert!(!set_up_open(&ctx, &old.secret).await.unwrap());
    assert!(set_up_open(&ctx, &link.secret).await.unwrap());
    let account = set_up(&ctx, &link.secret, first_run()).await.unwrap();
    assert_eq!((account.login.as_str(), account.standing), ("ada", Standing::Active));
    let again = set_up(&ctx, &link.secret, first_run()).await;
    assert!(matches!(again, Err(AccountError::LinkSpent)));
    assert!(set_up_link(&bench.system()).await.unwrap().is_none());
    assert_eq!(setting(&bench.site.db, AGENCY_NAME).await.unwrap(), "Harbor Street Family Center");
    assert!(bench.log_in("ada", GOOD).await.is_ok());
    assert_eq!(bench.actions().await, ["setup.link", "setup.link", "site.set_up", "login.ok"]);
}

#[tokio::test]
async fn a_first_run_with_a_weak_password_keeps_the_link() {
    let bench = Bench::new().await;
    let link = set_up_link(&bench.system()).await.unwrap().unwrap();
    let weak = SetUp { password: Typed::new("harborstreet2024"), ..first_run() };
    let refused = set_up(&bench.nobody(), &link.secret, weak).await;
    assert!(matches!(refused, Err(AccountError::Weak(Weak::Guessable(_)))), "{refused:?}");
    assert!(set_up(&bench.nobody(), &link.secret, first_run()).await.is_ok());
}

#[tokio::test]
async fn links_end_after_their_time() {
    let bench = Bench::new().await;
    let link = set_up_link(&bench.system()).await.unwrap().unwrap();
    bench.clock.advance_seconds(24 * 3600);
    assert!(!set_up_open(&bench.nobody(), &link.secret).await.unwrap());
    let (_, link) = add(&bench.system(), somebody("rosa", &[Role::Caseworker])).await.unwrap();
    bench.clock.advance_seconds(72 * 3600 - 1);
    assert!(invited(&bench.nobody(), &link.secret).await.is_ok());
    bench.clock.advance_seconds(1);
    assert!(matches!(invited(&bench.nobody(), &link.secret).await, Err(AccountError::LinkSpent)));
}

#[tokio::test]
async fn a_login_is_unique_whatever_its_capitals() {
    let bench = Bench::new().await;
    add(&bench.system(), somebody("rosa", &[Role::Caseworker])).await.unwrap();
    let again = add(&bench.system(), somebody("Rosa", &[Role::Supervisor])).await;
    assert!(matches!(again, Err(AccountError::LoginTaken)));
    assert!(account_by_login(&bench.site.db, "ROSA").await.unwrap().is_some());
}

#[tokio::test]
async fn a_link_sets_a_password_once() {
    let bench = Bench::new().await;
    let (account, link) = add(&bench.system(), somebody("rosa", &[Role::Caseworker])).await.unwrap();
    assert!(matches!(bench.log_in("rosa", GOOD).await, Err(LoginError::Refused)));
    assert_eq!(invited(&bench.nobody(), &link.secret).await.unwrap().id, account.id);
    password_by_link(&bench.nobody(), &link.secret, Typed::new(GOOD)).await.unwrap();
    let again = password_by_link(&bench.nobody(), &link.secret, Typed::new(OTHER)).await;
    assert!(matches!(again, Err(AccountError::LinkSpent)));
    assert_eq!(bench.log_in("Rosa", GOOD).await.unwrap().id, account.id);
}

#[tokio::test]
async fn changing_the_password_needs_the_old_one_and_ends_all_sessions() {
    let bench = Bench::new().await;
    let rosa = bench.with_password("rosa", &[Role::Caseworker]).await;
    let ctx = bench.as_person(&rosa);
    let policy = SessionPolicy::default();
    session_insert(&bench.site, policy, "s", &rosa.id, "{}").await.unwrap();
    let wrong = password_change(&ctx, Typed::new(OTHER), Typed::new(OTHER)).await;
    assert!(matches!(wrong, Err(AccountError::WrongPassword)));
    let weak = password_change(&ctx, Typed::new(GOOD), Typed::new("rosaalvarez1")).await;
    assert!(matches!(weak, Err(AccountError::Weak(_))));
    assert!(session_load(&bench.site, policy, "s").await.unwrap().is_some());
    password_change(&ctx, Typed::new(GOOD), Typed::new(OTHER)).await.unwrap();
    assert!(session_load(&bench.site, policy, "s").await.unwrap().is_none());
    assert!(matches!(bench.log_in("rosa", GOOD).await, Err(LoginError::Refused)));
    assert!(bench.log_in("rosa", OTHER).await.is_ok());
}

#[tokio::test]
async fn the_current_password_cannot_be_guessed_at_from_inside() {
    let bench = Bench::new().await;
    let rosa = bench.with_password("rosa", &[Role::Caseworker]).await;
    for _ in 0..LOGIN_FAILURES {
        let wrong = password_change(&bench.as_person(&rosa), Typed::new(OTHER), Typed::new(OTHER)).await;
        assert!(matches!(wrong, Err(AccountError::WrongPassword)));
    }
    let right = password_change(&bench.as_person(&rosa), Typed::new(GOOD), Typed::new(OTHER)).await;
    assert!(matches!(right, Err(AccountError::TooMany { minutes: 15 })), "{right:?}");
}

#[tokio::test]
async fn the_last_administrator_who_can_log_in_stays_one() {
    let bench = Bench::new().await;
    let ada = bench.with_password("ada", &[Role::Administrator]).await;
    // Invited only: nobody could log in with it.
    let (ben, _) = add(&bench.system(), somebody("ben", &[Role::Administrator])).await.unwrap();
    let ctx = bench.as_person(&ada);
    let lost = roles_change(&ctx, &ada.id, Roles::from([Role::Caseworker])).await;
    assert!(matches!(lost, Err(AccountError::LastAdministrator)));
    assert!(matches!(deactivate(&ctx, &ada.id).await, Err(AccountError::LastAdministrator)));
    password_set(&bench.system(), &ben.id, Typed::new(GOOD)).await.unwrap();
    deactivate(&ctx, &ada.id).await.unwrap();
    let last = deactivate(&bench.as_person(&ben), &ben.id).await;
    assert!(matches!(last, Err(AccountError::LastAdministrator)));
}

#[tokio::test]
async fn a_deactivated_account_has_no_session_no_link_and_no_log_in() {
    let bench = Bench::new().await;
    let rosa = bench.with_password("rosa", &[Role::Caseworker]).await;
    let (_, link) = invite(&bench.system(), &rosa.id).await.unwrap();
    let policy = SessionPolicy::default();
    session_insert(&bench.site, policy, "s", &rosa.id, "{}").await.unwrap();
    deactivate(&bench.system(), &rosa.id).await.unwrap();
    assert!(session_load(&bench.site, policy, "s").await.unwrap().is_none());
    assert!(matches!(invited(&bench.nobody(), &link.secret).await, Err(AccountError::LinkSpent)));
    assert!(matches!(bench.log_in("rosa", GOOD).await, Err(LoginError::Refused)));
    reactivate(&bench.system(), &rosa.id).await.unwrap();
    assert!(bench.log_in("rosa", GOOD).await.is_ok());
}

#[tokio::test]
async fn only_an_administrator_changes_accounts() {
    let bench = Bench::new().await;
    let rosa = bench.with_password("rosa", &[Role::Caseworker, Role::PrivacyOfficer]).await;
    let ctx = bench.as_person(&rosa);
    let not_allowed = |done: Result<(), AccountError>| matches!(done, Err(AccountError::NotAllowed));
    assert!(not_allowed(add(&ctx, somebody("eve", &[Role::Administrator])).await.map(drop)));
    assert!(not_allowed(roles_change(&ctx, &rosa.id, Roles::from([Role::Administrator])).await));
    assert!(not_allowed(deactivate(&ctx, &rosa.id).await));
    assert!(not_allowed(reactivate(&ctx, &rosa.id).await));
    assert!(not_allowed(invite(&ctx, &rosa.id).await.map(drop)));
    assert!(not_allowed(password_set(&ctx, &rosa.id, Typed::new(OTHER)).await));
    assert!(not_allowed(password_change(&bench.nobody(), Typed::new(GOOD), Typed::new(OTHER)).await));
}

#[tokio::test]
async fn five_failures_close_a_login_for_fifteen_minutes_and_success_clears_them() {
    let bench = Bench::new().await;
    bench.with_password("rosa", &[Role::Caseworker]).await;
    for _ in 0..4 {
        assert!(matches!(bench.log_in("rosa", "wrong").await, Err(LoginError::Refused)));
    }
    assert!(bench.log_in("rosa", GOOD).await.is_ok());
    for _ in 0..4 {
        assert!(matches!(bench.log_in("rosa", "wrong").await, Err(LoginError::Refused)));
    }
    bench.clock.advance_seconds(60);
    assert!(matches!(bench.log_in(" ROSA ", "wrong").await, Err(LoginError::Refused)));
    // The right password does not help now.
    let refused = bench.log_in("rosa", GOOD).await;
    assert!(matches!(refused, Err(LoginError::TooMany { minutes: 14 })), "{refused:?}");
    bench.clock.advance_seconds(14 * 60);
    assert!(bench.log_in("rosa", GOOD).await.is_ok());
    let limited = bench.actions().await.into_iter().filter(|action| action == "login.limited").count();
    assert_eq!(limited, 1);
}

#[tokio::test]
async fn twenty_failures_close_an_address_whatever_the_logins() {
    let bench = Bench::new().await;
    bench.with_password("rosa", &[Role::Caseworker]).await;
    for number in 0..ADDRESS_FAILURES {
        let login = format!("guess{number}");
        assert!(matches!(bench.log_in(&login, "wrong").await, Err(LoginError::Refused)));
    }
    assert!(matches!(bench.log_in("rosa", GOOD).await, Err(LoginError::TooMany { .. })));
    let elsewhere = log_in(&bench.nobody(), "rosa", Typed::new(GOOD), "198.51.100.7").await;
    assert!(elsewhere.is_ok());
}

#[tokio::test]
async fn many_guesses_at_once_count_like_many_one_after_the_other() {
    let bench = Bench::new().await;
    bench.with_password("rosa", &[Role::Caseworker]).await;
    let mut guesses = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let ctx = bench.nobody();
        guesses.spawn(async move { log_in(&ctx, "rosa", Typed::new("wrong"), "203.0.113.5").await });
    }
    let refused = guesses.join_all().await.into_iter();
    let looked_at = refused.filter(|done| matches!(done, Err(LoginError::Refused))).count();
    assert_eq!(looked_at, usize::try_from(LOGIN_FAILURES).unwrap());
}

#[tokio::test]
async fn the_trail_names_no_typed_login_and_the_database_no_subject() {
    let bench = Bench::new().await;
    let _ = bench.log_in("my-secret-typed-in-the-wrong-field", "x").await;
    let filter = Filter { limit: 10, ..Filter::default() };
    for entry in audit::entries(&bench.site.db, &filter).await.unwrap() {
        assert!(!format!("{entry:?}").contains("my-secret"));
    }
    let sql = db::Sql { name: "subjects", text: "select subject_hash from login_attempt" };
    for row in bench.site.db.rows(sql, vec![]).await.unwrap() {
        assert_eq!(row.text(0).unwrap().len(), 64);
    }
}

#[tokio::test]
async fn a_session_ends_when_idle_and_in_any_case_after_twelve_hours() {
    let bench = Bench::new().await;
    let rosa = bench.with_password("rosa", &[Role::Caseworker]).await;
    let policy = SessionPolicy::default();
    let is_open = async |id: &str| session_load(&bench.site, policy, id).await.unwrap().is_some();
    session_insert(&bench.site, policy, "idle", &rosa.id, "{}").await.unwrap();
    bench.clock.advance_seconds(30 * 60 - 1);
    assert!(is_open("idle").await);
    bench.clock.advance_seconds(30 * 60);
    assert!(!is_open("idle").await);
    session_insert(&bench.site, policy, "busy", &rosa.id, "{}").await.unwrap();
    for _ in 0..(12 * 4 - 1) {
        bench.clock.advance_seconds(15 * 60);
        assert!(is_open("busy").await);
    }
    bench.clock.advance_seconds(15 * 60);
    assert!(!is_open("busy").await);
    assert_eq!(sessions_prune(&bench.site).await.unwrap(), 2);
}

#[tokio::test]
async fn a_session_that_was_ended_is_not_brought_back_by_a_late_save() {
    let bench = Bench::new().await;
    let rosa = bench.with_password("rosa", &[Role::Caseworker]).await;
    let policy = SessionPolicy::default();
    session_insert(&bench.site, policy, "s", &rosa.id, "{}").await.unwrap();
    session_delete(&bench.site, "s").await.unwrap();
    session_save(&bench.site, "s", "{\"late\":1}").await.unwrap();
    assert!(session_load(&bench.site, policy, "s").await.unwrap().is_none());
}
