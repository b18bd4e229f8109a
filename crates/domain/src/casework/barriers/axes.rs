//! The axes along which a barrier is coded.

use crate::kernel::codes::codes;

codes! {
    /// What it costs a person to get through (Herd and Moynihan 2018, ISBN 9780871544445).
    Burden {
        /// Finding out: that it exists, whether one qualifies, what a letter means.
        Learning = "learning",
        /// Doing what is asked: papers, travel, waiting, fees, proving it again.
        Compliance = "compliance",
        /// Stigma, loss of say, fear.
        Psychological = "psychological",
        None = "none",
    }
}

codes! {
    /// Which side of access fails (Levesque, Harris and Russell 2013, doi 10.1186/1475-9276-12-18). Each has the
    /// person's ability beside it: to perceive, to seek, to reach, to pay, to engage.
    Access {
        Approachability = "approachability",
        Acceptability = "acceptability",
        /// Availability and accommodation: there is a place, at an hour and in a spot one can reach.
        Availability = "availability",
        Affordability = "affordability",
        Appropriateness = "appropriateness",
    }
}

codes! {
    /// Where something must change for the barrier to go.
    Locus {
        Statute = "statute",
        Regulation = "regulation",
        Eligibility = "eligibility",
        Funding = "funding",
        ProgrammeDesign = "programme_design",
        Capacity = "capacity",
        /// What staff decide at the counter: rationing, queueing, picking, gatekeeping, sanctioning (Lipsky 1980).
        Practice = "practice",
        Information = "information",
        Coordination = "coordination",
        Discrimination = "discrimination",
        Norm = "norm",
        Geography = "geography",
        Digital = "digital",
        Language = "language",
        /// Never counts alone as systemic.
        Individual = "individual",
    }
}

codes! {
    /// How high up that is.
    Level {
        Person = "person",
        Family = "family",
        Provider = "provider",
        Institution = "institution",
        Law = "law",
    }
}

impl Locus {
    /// How high up change at this place must begin, as a rule.
    pub const fn level(self) -> Level {
        match self {
            Self::Statute | Self::Regulation | Self::Eligibility | Self::Funding => Level::Law,
            Self::ProgrammeDesign | Self::Coordination | Self::Discrimination | Self::Norm => {
                Level::Institution
            }
            Self::Geography | Self::Digital | Self::Information => Level::Institution,
            Self::Capacity | Self::Practice | Self::Language => Level::Provider,
            Self::Individual => Level::Person,
        }
    }

    /// A family's own circumstances say nothing about a system, however often they occur.
    pub const fn is_systemic(self) -> bool {
        !matches!(self, Self::Individual)
    }
}

codes! {
    /// What it did to the client.
    Severity {
        Delayed = "delayed",
        Reduced = "reduced",
        Denied = "denied",
        /// They had it, and it is gone.
        Lost = "lost",
        /// It ended in a crisis.
        Crisis = "crisis",
    }
}

codes! {
    /// What part of life it was about: I-HELP (income and insurance, housing and utilities, education and employment,
    /// legal status, personal and family stability), and health, justice, child welfare.
    NeedDomain {
        Income = "income",
        Housing = "housing",
        Education = "education",
        Legal = "legal",
        Family = "family",
        Health = "health",
        Justice = "justice",
        ChildWelfare = "child_welfare",
    }
}

codes! {
    /// What would have to be done for it to go: the two questions of every review.
    Verb {
        /// Something stands in the way that was put there: it should be taken away.
        TakeAway = "take_away",
        /// Something that is needed is not there: it should be added.
        Add = "add",
    }
}

codes! {
    /// A judgement that a person makes, with room for not knowing.
    Judgement {
        Yes = "yes",
        Partly = "partly",
        No = "no",
        Unsure = "unsure",
    }
}

codes! {
    /// What the record rests on, the firmest first.
    Confidence {
        /// A letter, a decision, a text on paper.
        Document = "document",
        /// The worker was there.
        Witnessed = "witnessed",
        /// The client or somebody else told it.
        Told = "told",
        Assumed = "assumed",
    }
}

codes! {
    /// Whether somebody has checked it since.
    Verification {
        Unverified = "unverified",
        Pending = "pending",
        Verified = "verified",
        Rejected = "rejected",
    }
}

codes! {
    /// How a barrier ended.
    How {
        /// The client got what they needed, from where it was asked for.
        GotIt = "got_it",
        WorkedAround = "worked_around",
        /// A complaint, an appeal or a hearing was won.
        Appealed = "appealed",
        /// An exception was made for this client; the next one meets it again.
        Exception = "exception",
        RuleChanged = "rule_changed",
        /// The need was met by somebody else.
        Elsewhere = "elsewhere",
        GaveUp = "gave_up",
        NotNeeded = "not_needed",
    }
}

impl How {
    /// The client has what they needed in the end.
    pub const fn is_good(self) -> bool {
        !matches!(self, Self::GaveUp | Self::NotNeeded)
    }
}
