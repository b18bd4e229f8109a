//! A draft belongs to one author, one form and one record.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::casework::contacts::Visibility;
use crate::casework::contacts::tests::{Bench, JAMAL, LUCIA};
use crate::kernel::ctx::Ctx;

fn fields(text: &str) -> Vec<(String, String)> {
    vec![("words".to_owned(), text.to_owned())]
}

async fn read(ctx: &Ctx, form: Form, record: &str) -> Option<String> {
    let tx = ctx.begin().await.unwrap();
    draft(ctx, &tx, form, record).await.unwrap().map(|draft| draft.text("words").to_owned())
}

#[derive(Debug, Clone)]
enum Act {
    Save { author: usize, place: usize, text: String },
    Discard { author: usize, place: usize },
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let save = (0..3_usize, 0..5_usize, "[a-zñ ]{0,12}").prop_map(|(author, place, text)| Act::Save {
        author,
        place,
        text,
    });
    let discard = (0..3_usize, 0..5_usize).prop_map(|(author, place)| Act::Discard { author, place });
    prop::collection::vec(prop_oneof![4 => save, 1 => discard], 1..14)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever is typed and thrown away in whatever order: each author finds their own last text on each record and
    /// nothing else anywhere.
    #[test]
    fn a_draft_is_never_found_on_another_record_or_by_another_author(acts in acts()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let bench = Bench::new().await;
            let note = bench.note("rosa", "words", &Visibility::Team).await;
            let authors = ["rosa", "ben", "vera"];
            let places = [
                (Form::Log, LUCIA),
                (Form::Log, JAMAL),
                (Form::Mine, OWN),
                (Form::Correction, note.as_str()),
                // Neither client has a note of this id, and nobody may write there.
                (Form::Correction, "client-1"),
            ];
            let mut expected: BTreeMap<(usize, usize), String> = BTreeMap::new();
            for act in &acts {
                bench.hand.advance_seconds(1);
                match act {
                    Act::Save { author, place, text } => {
                        let (form, record) = places[*place];
                        let ctx = bench.by(authors[*author]);
                        match save(&ctx, form, record, &fields(text), Base::Anything).await {
                            Ok(_) => {
                                expected.insert((*author, *place), text.clone());
                            }
                            Err(error) => assert!(*place == 4, "{error}"),
                        }
                    }
                    Act::Discard { author, place } => {
                        let (form, record) = places[*place];
                        discard(&bench.by(authors[*author]), form, record).await.unwrap();
                        expected.remove(&(*author, *place));
                    }
                }
            }
            for (a, author) in authors.iter().enumerate() {
                for (p, (form, record)) in places.iter().enumerate() {
                    let found = read(&bench.by(author), *form, record).await;
                    assert_eq!(found.as_ref(), expected.get(&(a, p)), "{author} {form:?} {record}");
                }
            }
        });
    }
}

#[tokio::test]
async fn a_draft_opens_a_file_no_more_than_a_note_would_and_leaves_one_audit_entry() {
    let bench = Bench::new().await;
    let stranger = save(&bench.by("sam"), Form::Log, LUCIA, &fields("x"), Base::Nothing).await;
    let reader = save(&bench.by("pia"), Form::Log, LUCIA, &fields("x"), Base::Nothing).await;
    let absent = save(&bench.by("rosa"), Form::Log, "client-9", &fields("x"), Base::Nothing).await;
    for refused in [stranger, reader, absent] {
        assert!(matches!(refused, Err(DraftError::Access(AccessError::NotFound))));
    }
    let entries = async || {
        let sql = crate::kernel::db::Sql { name: "n", text: "select cast(count(*) as bigint) from audit" };
        bench.site.db.row(sql, vec![]).await.unwrap().unwrap().int(0).unwrap()
    };
    let first = save(&bench.by("rosa"), Form::Log, LUCIA, &fields("a"), Base::Nothing).await.unwrap();
    let after_first = entries().await;
    let mut base = Base::Version(first.updated_at);
    for text in ["ab", "abc", "abcd"] {
        bench.hand.advance_seconds(1);
        let kept = save(&bench.by("rosa"), Form::Log, LUCIA, &fields(text), base).await.unwrap();
        base = Base::Version(kept.updated_at);
    }
    assert_eq!(entries().await, after_first);
}

#[tokio::test]
async fn a_window_that_fell_behind_does_not_overwrite_the_newer_text() {
    let bench = Bench::new().await;
    let old = save(&bench.by("rosa"), Form::Log, LUCIA, &fields("one"), Base::Nothing).await.unwrap();
    bench.hand.advance_seconds(5);
    save(&bench.by("rosa"), Form::Log, LUCIA, &fields("two"), Base::Version(old.updated_at)).await.unwrap();
    bench.hand.advance_seconds(5);
    for base in [Base::Version(old.updated_at), Base::Nothing] {
        let late = save(&bench.by("rosa"), Form::Log, LUCIA, &fields("three"), base).await;
        assert!(matches!(late, Err(DraftError::Newer)), "{base:?}");
    }
    // The same text again is no conflict: an answer that got lost on its way.
    save(&bench.by("rosa"), Form::Log, LUCIA, &fields("two"), Base::Nothing).await.unwrap();
    assert_eq!(read(&bench.by("rosa"), Form::Log, LUCIA).await.unwrap(), "two");
}

#[tokio::test]
async fn unfinished_texts_are_listed_for_their_author_only() {
    let bench = Bench::new().await;
    let note = bench.note("rosa", "words", &Visibility::Team).await;
    for (form, record) in [(Form::Log, JAMAL), (Form::Correction, &*note), (Form::Mine, OWN)] {
        bench.hand.advance_seconds(1);
        save(&bench.by("rosa"), form, record, &fields("x"), Base::Nothing).await.unwrap();
    }
    let listed = mine(&bench.by("rosa")).await.unwrap();
    let names: Vec<Option<&str>> =
        listed.iter().map(|it| it.client.as_ref().map(|(_, name)| name.as_str())).collect();
    assert_eq!(names, [None, Some("Lucía Moreno"), Some("Jamal Tate")]);
    assert_eq!(mine(&bench.by("ben")).await.unwrap(), []);
}
