use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

fn shipped(id: &str) -> Instrument {
    let all = SHIPPED.iter().map(|text| Instrument::parse(text).unwrap());
    all.into_iter().find(|it| it.id == id).unwrap()
}

fn answered(instrument: &Instrument, sent: &[(&str, &str)]) -> Answers {
    read(instrument, |id| sent.iter().filter(|(item, _)| *item == id).map(|(_, code)| *code).collect())
        .unwrap()
}

#[test]
fn the_shipped_instruments_are_whole_and_speak_both_languages() {
    for text in SHIPPED {
        let instrument = Instrument::parse(text).unwrap();
        let words = instrument
            .items
            .iter()
            .flat_map(|item| {
                let choices = instrument.choices(item).iter().map(|choice| &choice.text);
                [Some(&item.text), item.help.as_ref(), item.section.as_ref()]
                    .into_iter()
                    .flatten()
                    .chain(choices)
            })
            .chain(
                instrument
                    .scales
                    .iter()
                    .flat_map(|scale| scale.levels.iter().map(|level| &level.text).chain([&scale.title])),
            )
            .chain([&instrument.title, &instrument.about]);
        for words in words {
            assert!(!words.en.is_empty() && !words.es.is_empty(), "{}: {words:?}", instrument.id);
        }
    }
}

#[test]
fn an_item_that_does_not_show_has_no_answer_and_names_no_need() {
    let screen = shipped("social-needs");
    let at_home = answered(&screen, &[("home", "worried"), ("home_behind", "yes"), ("home_faults", "damp")]);
    let domains =
        |answers: &Answers| needs(&screen, answers).into_iter().map(|need| need.domain).collect::<Vec<_>>();
    assert_eq!(domains(&at_home), ["housing_instability", "inadequate_housing"]);
    let outside = answered(&screen, &[("home", "outside"), ("home_behind", "yes"), ("home_faults", "damp")]);
    assert_eq!(outside.keys().collect::<Vec<_>>(), ["home"]);
    assert_eq!(domains(&outside), ["homelessness"]);
}

#[test]
fn the_burden_is_a_sum_of_three_with_its_level_and_no_score_when_one_is_missing() {
    let scale = shipped("administrative-burden");
    let full =
        answered(&scale, &[("learning", "much"), ("compliance", "very_much"), ("psychological", "a_little")]);
    let score = &scores(&scale, &full)[0];
    assert_eq!((score.value, score.level.as_str(), score.answered), (Some(8.0), "heavy", 3));
    let partly = answered(&scale, &[("learning", "much"), ("compliance", "prefers_not")]);
    let score = &scores(&scale, &partly)[0];
    assert_eq!((score.value, score.level.as_str(), score.answered, score.of_items), (None, "", 1, 3));
    assert_eq!(partly.get("compliance"), Some(&Answer::Missing("prefers_not".to_owned())));
    assert_eq!(partly.get("psychological"), None, "not asked is not an answer of the person's");
}

#[test]
fn needs_are_counted_from_act_on_and_strengths_down_to_useful() {
    let tool = shipped("needs-and-strengths");
    let mut sent: Vec<(&str, &str)> = Vec::new();
    for item in &tool.items {
        let code = match item.id.as_str() {
            "school" => "3",
            "mood" => "2",
            id if id.starts_with("s_") => "2",
            _ => "1",
        };
        sent.push((item.id.as_str(), code));
    }
    let answers = answered(&tool, &sent);
    let of = |id: &str| scores(&tool, &answers).into_iter().find(|it| it.scale == id).unwrap().value;
    assert_eq!(
        (of("actionable"), of("life"), of("mind"), of("strengths")),
        (Some(2.0), Some(1.0), Some(1.0), Some(0.0))
    );
    let domains: BTreeSet<String> = needs(&tool, &answers).into_iter().map(|it| it.domain).collect();
    assert_eq!(domains, ["education", "mental_health"].map(str::to_owned).into());
}

#[test]
fn a_change_is_held_against_the_instruments_error_where_it_is_known() {
    let mut scale = shipped("administrative-burden").scales[0].clone();
    assert_eq!(change(&scale, Some(8.0), Some(5.0)), Some(Change::MovedBetter));
    (scale.sd, scale.reliability) = (Some(3.0), Some(0.8));
    // The error of a difference is 3 * sqrt(0.4) = 1.897: 3 is within 1.96 of them, 4 is not.
    assert_eq!(change(&scale, Some(8.0), Some(5.0)), Some(Change::NoReliableChange));
    assert_eq!(change(&scale, Some(8.0), Some(4.0)), Some(Change::Better));
    assert_eq!(change(&scale, Some(4.0), Some(8.0)), Some(Change::Worse));
    assert_eq!(change(&scale, Some(4.0), Some(4.0)), Some(Change::Same));
    assert_eq!(change(&scale, None, Some(4.0)), None);
}

#[test]
fn all_that_is_wrong_with_a_file_is_said_at_once() {
    let text = r#"
id = "Mine"
version = 0
title = { en = "T" }
about = { en = "A" }
source = "ours"
[[item]]
id = "a"
text = { en = "?" }
kind = "one"
need = "moon"
show_if = [{ item = "b", any_of = ["x"] }]
[[item]]
id = "b"
text = { en = "?" }
kind = "text"
[[scale]]
id = "s"
title = { en = "S" }
items = ["b", "c"]
method = "sum"
least_answered = 2.0
high_is = "worse"
sd = 1.0
"#;
    let Err(InstrumentError::Wrong(faults)) = Instrument::parse(text) else { panic!() };
    for part in [
        "lower case",
        "begins with 1",
        "choices",
        "moon",
        "no earlier item",
        "single value",
        "no item `c`",
        "least_answered",
        "go together",
    ] {
        assert!(faults.iter().any(|fault| fault.contains(part)), "{part}: {faults:?}");
    }
    assert!(matches!(Instrument::parse("nonsense ="), Err(InstrumentError::Unreadable(_))));
}

#[test]
fn a_wrong_answer_is_named_and_the_others_are_read() {
    let screen = shipped("social-needs");
    let sent = BTreeMap::from([("home", "castle"), ("food", "often")]);
    let faults = read(&screen, |id| sent.get(id).copied().into_iter().collect()).unwrap_err();
    assert_eq!(faults, [("home".to_owned(), AnswerFault::NoSuchChoice)].into());
}

proptest! {
    /// Whatever is sent, what is read survives being stored, and no score leaves its range.
    #[test]
    fn what_is_read_is_stored_as_it_is(codes in prop::collection::vec(0_usize..8, 40)) {
        for text in SHIPPED {
            let instrument = Instrument::parse(text).unwrap();
            let pick = |item: &Item, at: usize| {
                let mut all: Vec<String> =
                    instrument.choices(item).iter().map(|choice| choice.code.clone()).collect();
                all.extend(Missing::ALL.map(|it| it.code().to_owned()));
                all.get(at).cloned().unwrap_or_default()
            };
            let sent: BTreeMap<&str, String> = instrument
                .items
                .iter()
                .zip(codes.iter().cycle())
                .map(|(item, at)| (item.id.as_str(), pick(item, *at)))
                .collect();
            let answers = read(&instrument, |id| sent.get(id).map(String::as_str).into_iter().collect()).unwrap();
            let stored = serde_json::to_string(&answers).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Answers>(&stored).unwrap(), &answers);
            for score in scores(&instrument, &answers) {
                let most = 4.0 * score.of_items as f64;
                prop_assert!(score.value.is_none_or(|it| (0.0..=most).contains(&it)));
            }
        }
    }
}
