//! Barriers as they are recorded, corrected, closed and counted.

use std::collections::BTreeSet;

use super::*;

#[test]
fn one_tap_on_any_mechanism_codes_every_axis() {
    for mechanism in &MECHANISMS {
        let details = Details::default().or_usual_for(mechanism.code);
        assert!(details.burden.is_some() && details.access.is_some() && details.locus.is_some());
        assert!(details.severity.is_some() && details.verb.is_some(), "{}", mechanism.code);
        assert_eq!(details.verification, Some(Verification::Unverified));
    }
}
