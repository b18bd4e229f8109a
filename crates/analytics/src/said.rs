//! What results say beside their figures: cautions, reasons, methods and settings, each as a key that is stored.
//!
//! Whoever shows a result has words for every key in every language of its readers; the lists here (`ALL`) are what a
//! test holds the words to. Keys are stored with results, so one that was in a release never changes its meaning.

/// An enum whose variants are message keys.
macro_rules! keys {
    ($(#[$of:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident => $key:literal,)+ }) => {
        $(#[$of])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl $name {
            /// All of them, for whoever must have words for each.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The key under which it is stored.
            pub const fn key(self) -> &'static str {
                match self {
                    $(Self::$variant => $key,)+
                }
            }
        }
    };
}

keys! {
    /// What could fool whoever reads a result.
    Caution {
        AreasExplained => "caution-areas-explained",
        CountsNotRates => "caution-counts-not-rates",
        EstimatorsDisagree => "caution-estimators-disagree",
        /// Fewer than ten units that decide for their areas have begun.
        FewClusters => "caution-few-clusters",
        LastPlacesAreComparison => "caution-last-places-are-comparison",
        LateRecords => "caution-late-records",
        /// Quarters where months were asked for.
        MonthsJoined => "caution-months-joined",
        NoComparison => "caution-no-comparison",
        NoPopulation => "caution-no-population",
        NotAdjusted => "caution-not-adjusted",
        NotPrevalence => "caution-not-prevalence",
        PeriodsApproximate => "caution-periods-approximate",
        PlacesLeftOut => "caution-places-left-out",
        RecordingEffort => "caution-recording-effort",
        SeasonNotRemoved => "caution-season-not-removed",
        SmallGroupsPooled => "caution-small-groups-pooled",
        SmallNumbers => "caution-small-numbers",
    }
}

keys! {
    /// Why a detector could not look at an outcome.
    NotLooked {
        /// Fewer than three areas have a place on the map and somebody at risk.
        NoMap => "note-no-map",
        /// Counts over periods that are neither weeks nor months.
        NoRegularPeriods => "note-no-regular-periods",
        ScanFailed => "note-scan-failed",
        SeriesNotFitted => "note-series-not-fitted",
        SeriesShort => "note-series-short",
        TooFewEvents => "note-too-few-events",
    }
}

keys! {
    /// What an estimate of a change rests on.
    Premise {
        Autocorrelation => "assumption-autocorrelation",
        EnoughPlaces => "assumption-enough-places",
        EnoughPoints => "assumption-enough-points",
        NoAnticipation => "assumption-no-anticipation",
        NoSpillOver => "assumption-no-spill-over",
        NothingElseChanged => "assumption-nothing-else-changed",
        Overdispersion => "assumption-overdispersion",
        ParallelBefore => "assumption-parallel-before",
        RecordingUnchanged => "assumption-recording-unchanged",
        Season => "assumption-season",
    }
}

keys! {
    /// A figure behind the state of a premise; words under `figure-KEY`.
    PremiseFigure {
        After => "after",
        Before => "before",
        Changed => "changed",
        Compared => "compared",
        Dispersion => "dispersion",
        DurbinWatson => "durbin_watson",
        Lag1 => "lag_1",
        MonthsBefore => "months_before",
        OutsideTheBand => "outside_the_band",
        PointsBefore => "points_before",
        PretestP => "pretest_p",
        YearsBefore => "years_before",
    }
}

keys! {
    /// Why a group has no estimate of its own.
    NoGroupEstimate {
        NoEstimate => "reason-no-estimate",
        TooFewEvents => "reason-too-few-events",
    }
}

keys! {
    /// How a result was found; words under `method-KEY`.
    MethodName {
        Farrington => "farrington",
        Imputation => "imputation",
        InterruptedTimeSeries => "interrupted-time-series",
        LevelAndSlope => "level_and_slope",
        RateRatio => "rate-ratio",
        Scan => "scan",
        Staggered => "staggered",
    }
}

keys! {
    /// How the p of an effect was found; words under `p-method-KEY`.
    PMethod {
        Pooled => "pooled",
        Shuffle => "shuffle",
        Wald => "wald",
    }
}

keys! {
    /// What was chosen or met when a result was computed; words under `setting-KEY`.
    Setting {
        AreasExplained => "areas_explained",
        BaseCovers => "base_covers",
        BasePeriod => "base_period",
        Bound => "bound",
        Center => "center",
        Circles => "circles",
        Controls => "controls",
        CourseOfTime => "course_of_time",
        Dispersion => "dispersion",
        EventsWithoutPlaceOrBase => "events_without_place_or_base",
        Headline => "headline",
        Interval => "interval",
        LargestShareOfPopulation => "largest_share_of_population",
        LargestShareOfTime => "largest_share_of_time",
        LeastExpected => "least_expected",
        LeastRatio => "least_ratio",
        LogLikelihoodRatio => "log_likelihood_ratio",
        Model => "model",
        NeweyWestLag => "newey_west_lag",
        PGumbel => "p_gumbel",
        PMonteCarlo => "p_monte_carlo",
        Periods => "periods",
        PeriodsJudged => "periods_judged",
        PeriodsThatStandOut => "periods_that_stand_out",
        PlacesLeftOut => "places_left_out",
        RadiusKm => "radius_km",
        Rank => "rank",
        RatioWithinAreas => "ratio_within_areas",
        ReplicatesRun => "replicates_run",
        SeasonHarmonics => "season_harmonics",
        Shape => "shape",
        Shuffles => "shuffles",
        Step => "step",
        Weights => "weights",
        YearsBack => "years_back",
    }
}

keys! {
    /// A value of a setting that is no number; words under `setting-SETTING-KEY`.
    Choice {
        BaseOfArea => "base_of_area",
        CohortsBySize => "cohorts_by_size",
        Equal => "equal",
        LeastSquares => "least_squares",
        Level => "level",
        Month => "month",
        MonthOfFirstDay => "month_of_first_day",
        NegativeBinomial => "negative_binomial",
        None => "none",
        NotRemoved => "not_removed",
        NotYetBegun => "not_yet_begun",
        PoissonHigh => "poisson_high",
        QuasiPoisson => "quasi_poisson",
        Quarter => "quarter",
        RateRatioExact => "rate_ratio_exact",
        Removed => "removed",
        RiskRatioScore => "risk_ratio_score",
        Universal => "universal",
        Week => "week",
    }
}

impl Setting {
    /// The values with words that this setting may have.
    pub const fn choices(self) -> &'static [Choice] {
        match self {
            Self::BasePeriod => &[Choice::Universal],
            Self::Bound => &[Choice::NegativeBinomial],
            Self::Controls => &[Choice::NotYetBegun],
            Self::CourseOfTime => &[Choice::Removed, Choice::NotRemoved],
            Self::Headline => &[Choice::CohortsBySize],
            Self::Interval => &[Choice::RateRatioExact, Choice::RiskRatioScore],
            Self::Model => &[Choice::PoissonHigh, Choice::QuasiPoisson, Choice::LeastSquares],
            Self::NeweyWestLag | Self::Shuffles => &[Choice::None],
            Self::Periods => &[Choice::MonthOfFirstDay],
            Self::Shape => &[Choice::Level],
            Self::Step => &[Choice::Week, Choice::Month, Choice::Quarter],
            Self::Weights => &[Choice::BaseOfArea, Choice::Equal],
            _ => &[],
        }
    }

    /// This setting with a value in figures (or codes of areas, or days), as it is stored.
    pub(crate) fn of(self, value: impl ToString) -> (String, String) {
        (self.key().to_owned(), value.to_string())
    }

    /// This setting with a value that has words.
    pub(crate) fn chosen(self, choice: Choice) -> (String, String) {
        debug_assert!(self.choices().contains(&choice), "{self:?} may not be {choice:?}");
        self.of(choice.key())
    }
}
