//! The code list of barriers: what got in the way, and how it is coded unless somebody says otherwise.
//!
//! The field has no common list, so this one is published (`groundswell export barrier-codes`, docs/barrier-codes.md). A
//! code never changes its meaning: a new meaning is a new code. The words stand in the locales, by code.

use super::axes::{Access, Burden, Locus, Severity, Verb};

/// The version of the list as published: the first number moves when a code is withdrawn, the second when one is added.
pub const LIST_VERSION: &str = "1.0";

/// One mechanism, with the axes that one tap on it sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mechanism {
    pub code: &'static str,
    pub burden: Burden,
    pub access: Access,
    pub locus: Locus,
    pub severity: Severity,
    pub verb: Verb,
}

const fn of(
    code: &'static str,
    burden: Burden,
    access: Access,
    locus: Locus,
    severity: Severity,
    verb: Verb,
) -> Mechanism {
    Mechanism { code, burden, access, locus, severity, verb }
}

use Access::{Acceptability, Affordability, Approachability, Appropriateness, Availability};
use Burden::{Compliance, Learning, Psychological};
use Severity::{Delayed, Denied, Lost, Reduced};
use Verb::{Add, TakeAway};

/// Every mechanism, those about knowing first, then asking, getting in, getting there, paying, being treated well,
/// and what falls between systems.
pub const MECHANISMS: [Mechanism; 36] = [
    of("not_informed", Learning, Approachability, Locus::Information, Denied, Add),
    of("notice_not_understood", Learning, Approachability, Locus::Information, Lost, TakeAway),
    of("language_access", Learning, Approachability, Locus::Language, Delayed, Add),
    of("digital_access", Compliance, Approachability, Locus::Digital, Delayed, Add),
    of("documents_missing", Compliance, Availability, Locus::ProgrammeDesign, Delayed, TakeAway),
    of("repeat_proof", Compliance, Availability, Locus::ProgrammeDesign, Delayed, TakeAway),
    of("procedural_denial", Compliance, Availability, Locus::Practice, Lost, TakeAway),
    of("application_pending", Compliance, Availability, Locus::Capacity, Delayed, TakeAway),
    of("ineligible", Burden::None, Availability, Locus::Eligibility, Denied, TakeAway),
    of("age_limit", Burden::None, Availability, Locus::Eligibility, Lost, TakeAway),
    of("catchment", Burden::None, Availability, Locus::Eligibility, Denied, TakeAway),
    of("immigration_status", Psychological, Acceptability, Locus::Statute, Denied, TakeAway),
    of("criminal_record", Psychological, Acceptability, Locus::Regulation, Denied, TakeAway),
    of("rental_history", Psychological, Acceptability, Locus::Practice, Denied, TakeAway),
    of("no_service", Burden::None, Availability, Locus::Funding, Denied, Add),
    of("waitlist", Compliance, Availability, Locus::Capacity, Delayed, Add),
    of("capacity_closed", Burden::None, Availability, Locus::Capacity, Denied, Add),
    of("out_of_funds", Burden::None, Availability, Locus::Funding, Denied, Add),
    of("transport", Compliance, Availability, Locus::Geography, Delayed, Add),
    of("hours", Compliance, Availability, Locus::ProgrammeDesign, Delayed, Add),
    of("childcare", Compliance, Availability, Locus::ProgrammeDesign, Delayed, Add),
    of("disability_access", Compliance, Availability, Locus::ProgrammeDesign, Denied, Add),
    of("cost", Compliance, Affordability, Locus::Funding, Denied, TakeAway),
    of("benefit_cliff", Compliance, Affordability, Locus::Regulation, Lost, TakeAway),
    of("coverage_denial", Compliance, Affordability, Locus::Practice, Denied, TakeAway),
    of("stigma_fear", Psychological, Acceptability, Locus::Norm, Delayed, TakeAway),
    of("discrimination", Psychological, Acceptability, Locus::Discrimination, Denied, TakeAway),
    of("unsafe", Psychological, Acceptability, Locus::Practice, Denied, TakeAway),
    of("provider_refusal", Psychological, Acceptability, Locus::Practice, Denied, TakeAway),
    of("no_response", Compliance, Availability, Locus::Practice, Delayed, Add),
    of("discipline_rule", Psychological, Appropriateness, Locus::Practice, Lost, TakeAway),
    of("suspension_without_hearing", Psychological, Appropriateness, Locus::Practice, Lost, TakeAway),
    of("poor_fit", Burden::None, Appropriateness, Locus::ProgrammeDesign, Reduced, Add),
    of("handoff_lost", Compliance, Appropriateness, Locus::Coordination, Delayed, Add),
    of("consent_block", Compliance, Appropriateness, Locus::Coordination, Delayed, TakeAway),
    of("own_circumstances", Burden::None, Appropriateness, Locus::Individual, Delayed, Add),
];

/// The mechanism of a code.
pub fn mechanism(code: &str) -> Option<&'static Mechanism> {
    MECHANISMS.iter().find(|it| it.code == code)
}
