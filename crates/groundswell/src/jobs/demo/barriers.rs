//! What the demo's workers would have said about their barriers and crises: axes, costs, the client's words, how it ended,
//! what came before a crisis and what its review found. All invented, and the same every time.

use std::collections::BTreeMap;

use domain::casework::barriers::{
    self, Confidence, Details, How, Judgement, NeedDomain, Recorded, Resolution, Severity, Verification,
};
use domain::casework::crises::{self, BEFORE_DAYS, NewCrisis, NewReview, Setting};
use domain::kernel::clock::Day;
use domain::kernel::codes::System;
use domain::kernel::ctx::Ctx;

/// Details for older barriers would be many and seen by nobody.
const DETAILS_REACH_DAYS: i64 = 365;

/// Adds to the events of the simulated record what is known of them. `last` is the last simulated day.
pub async fn load(ctx: &Ctx, last: Day) -> anyhow::Result<()> {
    let mut tx = ctx.begin().await?;
    let events = barriers::events_recorded(&tx).await?;
    let mut details: Vec<(String, String, Details)> = Vec::new();
    let mut ends: Vec<(String, Resolution)> = Vec::new();
    let mut known: Vec<(String, NewCrisis)> = Vec::new();
    let mut before: Vec<(String, String)> = Vec::new();
    let mut reviews: Vec<crises::HeldReview> = Vec::new();
    let mut by_case: BTreeMap<&str, Vec<&Recorded>> = BTreeMap::new();
    for (at, event) in events.iter().enumerate() {
        let dice = Dice::of(at);
        let age = last.days_since(event.occurred_on);
        match event.kind.as_str() {
            "barrier" => {
                if age <= DETAILS_REACH_DAYS {
                    details.push((event.id.clone(), event.code.clone(), said(event, dice)));
                }
                ends.extend(end(event, dice, last).map(|end| (event.id.clone(), end)));
            }
            "crisis" => {
                known.push((event.id.clone(), crisis(event, dice)));
                let led = led_to(by_case.get(event.case.as_str()), event);
                before.extend(led.iter().map(|it| (event.id.clone(), it.id.clone())));
                let share = if age > 21 { 88 } else { 25 };
                if dice.under(1, share) {
                    let on = event.occurred_on.plus_days(dice.up_to(2, 12)).min(last);
                    let barrier = led.iter().find(|it| it.kind == "barrier");
                    reviews.push((event.id.clone(), on, event.recorded_by.clone(), review(barrier, dice)));
                }
            }
            _ => {}
        }
        by_case.entry(event.case.as_str()).or_default().push(event);
    }
    barriers::details_insert(ctx, &mut tx, &details, &ends).await?;
    crises::details_insert(ctx, &mut tx, &known, &before, &reviews).await?;
    tx.commit().await?;
    Ok(())
}

/// Numbers that look like chance and are the same every time.
#[derive(Clone, Copy)]
struct Dice(u64);

impl Dice {
    fn of(at: usize) -> Self {
        Self(at as u64 + 1)
    }

    fn roll(self, which: u64, sides: u64) -> u64 {
        // SplitMix64 (Steele, Lea and Flood 2014, doi 10.1145/2660193.2660195): one number per question and event.
        let mut z = self
            .0
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .wrapping_add(which.wrapping_mul(0xBF58_476D_1CE4_E5B9));
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % sides.max(1)
    }

    /// Whether it comes up, `percent` times in a hundred.
    fn under(self, which: u64, percent: u64) -> bool {
        self.roll(which, 100) < percent
    }

    /// 1 to `most`.
    fn up_to(self, which: u64, most: u32) -> i64 {
        i64::try_from(self.roll(which, u64::from(most))).unwrap_or_default() + 1
    }

    fn pick<T: Copy>(self, which: u64, from: &[T]) -> Option<T> {
        let at = usize::try_from(self.roll(which, from.len() as u64)).ok()?;
        from.get(at).copied()
    }
}

fn said(event: &Recorded, dice: Dice) -> Details {
    let days = u32::try_from(dice.up_to(3, if event.code == "waitlist" { 70 } else { 14 })).ok();
    let confidence = [Confidence::Document, Confidence::Witnessed, Confidence::Told, Confidence::Told];
    let verified = event.code == "procedural_denial" && dice.under(4, 60);
    Details {
        domain: event.system.and_then(domain_of),
        severity: dice.under(5, 6).then_some(Severity::Crisis),
        confidence: dice.pick(6, &confidence),
        verification: verified.then_some(Verification::Verified),
        preventable: dice.under(7, 40).then_some(if dice.under(8, 70) {
            Judgement::Yes
        } else {
            Judgement::Partly
        }),
        cost_days: days.filter(|_| dice.under(9, 55)),
        cost_cents: u32::try_from(dice.up_to(10, 12) * 2_000)
            .ok()
            .filter(|_| event.code == "cost" || dice.under(11, 6)),
        rule: rule_of(&event.code).filter(|_| dice.under(12, 45)).unwrap_or_default().to_owned(),
        own_words: dice
            .pick(13, words_of(&event.code))
            .filter(|_| dice.under(14, 20))
            .unwrap_or_default()
            .to_owned(),
        ..Details::default()
    }
}

const fn domain_of(system: System) -> Option<NeedDomain> {
    Some(match system {
        System::School | System::Employer => NeedDomain::Education,
        System::Hospital | System::Clinic => NeedDomain::Health,
        System::Housing => NeedDomain::Housing,
        System::Benefits => NeedDomain::Income,
        System::Probation | System::Police | System::Court => NeedDomain::Justice,
        System::ChildProtection => NeedDomain::ChildWelfare,
        System::Immigration => NeedDomain::Legal,
        System::Community | System::Other => return None,
    })
}

fn rule_of(code: &str) -> Option<&'static str> {
    Some(match code {
        "procedural_denial" => "Recertification notice, form RN-2",
        "documents_missing" => "Originals only, no copies",
        "notice_not_understood" => "Letter of four pages, English only",
        "ineligible" => "Income limit, household of three",
        "waitlist" => "Intake in the order of the list",
        "suspension_without_hearing" => "Code of conduct, section 4",
        _ => return None,
    })
}

fn words_of(code: &str) -> &'static [&'static str] {
    match code {
        "procedural_denial" => {
            &["I sent it back. They say it never came.", "No sabía que tenía que llamar yo."]
        }
        "waitlist" => {
            &["They say call next month. I call next month.", "By the time they call I will be grown."]
        }
        "notice_not_understood" => &["I read it three times. I still do not know what they want."],
        "documents_missing" => &["Where should I get a lease? I sleep at my aunt’s."],
        "transport" => &["Two buses, and the second one does not wait."],
        "language_access" => &["My daughter should not have to say these words for me."],
        "cost" => &["It is food or the fee."],
        "digital_access" => &["The phone they send the code to is the phone I lost."],
        "stigma_fear" => &["If I ask, they come and look at my children."],
        "suspension_without_hearing" => &["Nobody asked me what happened."],
        _ => &["I did everything they told me to do."],
    }
}

/// How it ended; none: it is still open.
fn end(event: &Recorded, dice: Dice, last: Day) -> Option<Resolution> {
    let age = last.days_since(event.occurred_on);
    let open_share = match age {
        ..45 => 75,
        45..150 => 22,
        150..365 => 4,
        _ => 0,
    };
    if dice.under(15, open_share) {
        return None;
    }
    let how = match dice.roll(16, 100) {
        0..40 => How::GotIt,
        40..55 => How::WorkedAround,
        55..63 => How::Appealed,
        63..71 => How::Exception,
        71..81 => How::Elsewhere,
        81..94 => How::GaveUp,
        _ => How::NotNeeded,
    };
    let on = event.occurred_on.plus_days(dice.up_to(17, 50)).min(last);
    let note = match how {
        How::Appealed => "Wrote the appeal together; the office gave in before the hearing.",
        How::Exception => "The supervisor there made an exception; the rule stands.",
        How::WorkedAround => "Went in person with the worker.",
        _ => "",
    };
    Some(Resolution { on, how, note: note.to_owned() })
}

fn crisis(event: &Recorded, dice: Dice) -> NewCrisis {
    let setting = match event.code.as_str() {
        "inpatient_stay" => Setting::Hospital,
        "school_exclusion" => Setting::School,
        "eviction" | "removal" => Setting::Home,
        "arrest" => Setting::Street,
        _ => Setting::Elsewhere,
    };
    let usual = crises::crisis_kind(&event.code);
    let mut systems: Vec<System> = event.system.into_iter().collect();
    let other = [System::School, System::Police, System::Court, System::Benefits];
    systems.extend(dice.pick(18, &other).filter(|it| dice.under(19, 35) && Some(*it) != event.system));
    NewCrisis {
        level: usual.map(|kind| kind.level),
        setting: Some(setting),
        foreseeable: dice.pick(20, &[Judgement::Yes, Judgement::Partly, Judgement::Partly, Judgement::No]),
        systems,
        ..NewCrisis::new(event.code.clone(), event.occurred_on)
    }
}

/// Barriers and failed referrals of the same case in the time before, the newest four.
fn led_to<'e>(of_case: Option<&Vec<&'e Recorded>>, crisis: &Recorded) -> Vec<&'e Recorded> {
    let from = crisis.occurred_on.plus_days(-BEFORE_DAYS);
    let led = |it: &&&Recorded| {
        let is_failed = it.kind == "referral" && ["declined", "no_response"].contains(&it.code.as_str());
        (it.kind == "barrier" || is_failed) && it.occurred_on >= from && it.occurred_on <= crisis.occurred_on
    };
    of_case.into_iter().flatten().rev().filter(led).take(4).copied().collect()
}

fn review(barrier: Option<&&Recorded>, dice: Dice) -> NewReview {
    const TRIED: [&str; 5] = [
        "Called every week; asked for an earlier date.",
        "Safety plan, the aunt as a second contact.",
        "Two referrals, one declined, one without an answer.",
        "Went along to the office twice.",
        "Joint meeting with the school a month before.",
    ];
    const MISSING: [&str; 5] = [
        "A place within two weeks.",
        "Somebody at the office who may decide.",
        "A letter in the family’s language.",
        "A hearing before the decision.",
        "One person who holds all of it together.",
    ];
    let preventable = match (barrier, dice.roll(21, 10)) {
        (Some(_), 0..5) => Judgement::Yes,
        (Some(_), 5..9) | (None, 0..3) => Judgement::Partly,
        (None, 3..7) => Judgement::No,
        _ => Judgement::Unsure,
    };
    NewReview {
        preventable,
        tried: dice.pick(22, &TRIED).unwrap_or_default().to_owned(),
        missing: dice.pick(23, &MISSING).unwrap_or_default().to_owned(),
        barrier_code: barrier.map(|it| it.code.clone()).unwrap_or_default(),
        record: None,
        version: 0,
    }
}
