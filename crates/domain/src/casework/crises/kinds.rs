//! The code list of crises, with what one tap on each sets.

use super::CrisisLevel;
use crate::kernel::codes::System;

/// One kind of crisis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CrisisKind {
    pub code: &'static str,
    /// How fast somebody must act, as a rule.
    pub level: CrisisLevel,
    /// The system it is counted under when nobody names one.
    pub system: Option<System>,
}

const fn of(code: &'static str, level: CrisisLevel, system: Option<System>) -> CrisisKind {
    CrisisKind { code, level, system }
}

use CrisisLevel::{Day, Immediate, ThreeDays};

/// Every kind: health, home and family, school, justice, money.
pub const CRISES: [CrisisKind; 27] = [
    of("inpatient_stay", Day, Some(System::Hospital)),
    of("psychiatric_admission", Immediate, Some(System::Hospital)),
    of("medical_admission", Day, Some(System::Hospital)),
    of("emergency_room", Day, Some(System::Hospital)),
    of("detox", Day, Some(System::Hospital)),
    of("overdose", Immediate, Some(System::Hospital)),
    of("suicide_attempt", Immediate, Some(System::Hospital)),
    of("self_harm", Immediate, None),
    of("violence", Immediate, None),
    of("restraint", Immediate, None),
    of("death", Immediate, None),
    of("eviction", Day, Some(System::Housing)),
    of("unsheltered", Immediate, Some(System::Housing)),
    of("shelter_stay", Day, Some(System::Housing)),
    of("missing", Immediate, None),
    of("removal", Immediate, Some(System::ChildProtection)),
    of("protection_report", Day, Some(System::ChildProtection)),
    of("placement_disrupted", Day, Some(System::ChildProtection)),
    of("school_exclusion", Day, Some(System::School)),
    of("school_dropout", ThreeDays, Some(System::School)),
    of("programme_lost", ThreeDays, Some(System::School)),
    of("police_contact", Day, Some(System::Police)),
    of("arrest", Immediate, Some(System::Police)),
    of("detention", Immediate, Some(System::Court)),
    of("benefit_lost", ThreeDays, Some(System::Benefits)),
    of("job_lost", ThreeDays, Some(System::Employer)),
    of("family_separation", Immediate, Some(System::Immigration)),
];

/// The kind of a code.
pub fn crisis_kind(code: &str) -> Option<&'static CrisisKind> {
    CRISES.iter().find(|it| it.code == code)
}
