//! Staff, organizations, professionals and clients. Everybody here is invented.

use time::Date;

use crate::days::{minus, plus};
use crate::places::Area;
use crate::rng::{Stream, mix};
use crate::words::{STRENGTHS, WISHES, first_names, last_names};

/// What a member of staff does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Caseworker,
    Supervisor,
    Organizer,
    Evaluator,
    Administrator,
    PrivacyOfficer,
}

impl Role {
    /// `caseworker` and the like.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Caseworker => "caseworker",
            Self::Supervisor => "supervisor",
            Self::Organizer => "organizer",
            Self::Evaluator => "evaluator",
            Self::Administrator => "administrator",
            Self::PrivacyOfficer => "privacy_officer",
        }
    }
}

/// A member of the agency's staff.
#[derive(Debug, Clone, PartialEq)]
pub struct Staff {
    pub login: String,
    pub display_name: String,
    /// At example.org, so that no mail can reach anybody.
    pub email: String,
    pub role: Role,
    /// Of a caseworker: place of the supervisor in [`crate::World::staff`].
    pub supervisor: Option<usize>,
    /// Of a caseworker: contacts written up, relative to the average of 1. Barriers and crises do not depend on it,
    /// or areas would differ by who happens to work there.
    pub effort: f64,
    /// Of a caseworker: average days from an event to its record.
    pub delay_days: f64,
}

/// A school, office, court ... that clients have to do with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// `school-1` and the like.
    pub code: String,
    pub name: String,
    pub system: &'static str,
    /// Place in [`crate::World::areas`].
    pub area: usize,
}

/// Somebody who works in an organization: the person to call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Professional {
    pub name: String,
    pub title: &'static str,
    /// Place in [`crate::World::organizations`].
    pub organization: usize,
}

/// A client of the agency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// `LC-0001`.
    pub number: String,
    /// Pseudonym for files without names: 16 hexadecimal digits.
    pub key: String,
    pub preferred_name: String,
    pub legal_name: String,
    pub pronouns: &'static str,
    pub language: &'static str,
    /// Age in years when the first case was opened; kept fixed, so that nobody changes group on the way.
    pub age_band: &'static str,
    pub gender: &'static str,
    pub birth_on: Date,
    /// Place in [`crate::World::areas`]; clients do not move.
    pub area: usize,
    /// People in the household, the client included.
    pub household_size: u32,
    pub strength: &'static str,
    pub wish: &'static str,
}

/// The seven systems in a client's life.
pub const SYSTEMS: [&str; 7] =
    ["school", "probation", "child_protection", "hospital", "housing", "benefits", "court"];

const STAFF: [(&str, &str, Role); 18] = [
    ("amara", "Amara Okonjo-Bell", Role::Caseworker),
    ("benito", "Benito Arrieta", Role::Caseworker),
    ("carys", "Carys Penhallow", Role::Caseworker),
    ("dao", "Đào Minh Châu", Role::Caseworker),
    ("eline", "Eline Fleurimond", Role::Caseworker),
    ("farhan", "Farhan Guleed", Role::Caseworker),
    ("gwen", "Gwen Tallchief-Moss", Role::Caseworker),
    ("hector", "Héctor Sandoval Ruelas", Role::Caseworker),
    ("imogen", "Imogen Ashby", Role::Caseworker),
    ("jalen", "Jalen Whitfield-Rowe", Role::Caseworker),
    ("kalina", "Kalina Dobreva", Role::Caseworker),
    ("luis", "Luis Ferreyra", Role::Caseworker),
    ("miriam", "Miriam Osterholm", Role::Supervisor),
    ("nuri", "Nuri Balcázar", Role::Supervisor),
    ("odette", "Odette Lafleur-Greene", Role::Organizer),
    ("pavan", "Pavan Deshmukh-Lee", Role::Evaluator),
    ("quincy", "Quincy Abernathy", Role::Administrator),
    ("rosa", "Rosa Thornbury", Role::PrivacyOfficer),
];

/// By caseworker: contacts relative to the average (they average to 1), and days to the record.
const HABITS: [(f64, f64); 12] = [
    (1.30, 0.6),
    (1.05, 1.0),
    (0.75, 3.0),
    (1.15, 0.8),
    (0.95, 1.5),
    (0.85, 2.5),
    (1.20, 1.2),
    (0.90, 4.0),
    (1.10, 0.5),
    (0.70, 2.0),
    (1.00, 1.0),
    (1.05, 1.8),
];

/// The agency's staff, the same in every world; the first twelve are the caseworkers.
pub(crate) fn staff() -> Vec<Staff> {
    let mut habits = HABITS.into_iter();
    let mut seat = 0;
    STAFF
        .into_iter()
        .map(|(login, display_name, role)| {
            let (supervisor, effort, delay_days) = if role == Role::Caseworker {
                seat += 1;
                let (effort, delay_days) = habits.next().unwrap_or((1.0, 1.0));
                (Some(if seat <= 6 { 12 } else { 13 }), effort, delay_days)
            } else {
                (None, 1.0, 1.0)
            };
            Staff {
                login: login.to_owned(),
                display_name: display_name.to_owned(),
                email: format!("{login}@example.org"),
                role,
                supervisor,
                effort,
                delay_days,
            }
        })
        .collect()
}

/// System, name, area (counted from 0).
const ORGANIZATIONS: [(&str, &str, usize); 20] = [
    ("school", "Larkwater High School", 29),
    ("school", "Heron Point Middle School", 1),
    ("school", "Clover Ridge High School", 33),
    ("school", "Twin Forks Community School", 52),
    ("probation", "Larkwater Juvenile Probation", 30),
    ("probation", "Southside Probation Field Office", 53),
    ("child_protection", "County Child Protection, North Office", 14),
    ("child_protection", "County Child Protection, South Office", 44),
    ("hospital", "Larkwater General Hospital", 38),
    ("hospital", "Marshside Behavioral Health Center", 27),
    ("hospital", "Eastmeadow Children's Clinic", 41),
    ("housing", "Larkwater Housing Authority", 29),
    ("housing", "Hearth and Key Family Shelter", 37),
    ("housing", "North Shore Rental Assistance", 7),
    ("benefits", "Benefits Office Old Market", 22),
    ("benefits", "Benefits Office North Quay", 2),
    ("benefits", "Benefits Office Eastmeadow", 49),
    ("benefits", "Benefits Office Twin Forks", 58),
    ("court", "Larkwater Family Court", 30),
    ("court", "Larkwater Housing Court", 31),
];

/// Organizations of the seven systems, the same in every world.
pub(crate) fn organizations() -> Vec<Organization> {
    let mut number = 0;
    let mut before = "";
    ORGANIZATIONS
        .into_iter()
        .map(|(system, name, area)| {
            number = if system == before { number + 1 } else { 1 };
            before = system;
            Organization { code: format!("{system}-{number}"), name: name.to_owned(), system, area }
        })
        .collect()
}

fn titles(system: &str) -> [&'static str; 2] {
    match system {
        "school" => ["assistant principal", "school counselor"],
        "probation" => ["probation officer", "intake officer"],
        "child_protection" => ["family case planner", "hotline supervisor"],
        "hospital" => ["discharge planner", "clinic social worker"],
        "housing" => ["eligibility specialist", "landlord liaison"],
        "benefits" => ["benefits examiner", "office supervisor"],
        _ => ["court clerk", "court-appointed mediator"],
    }
}

/// Two professionals for every organization.
pub(crate) fn professionals(seed: u64, organizations: &[Organization]) -> Vec<Professional> {
    let mut stream = Stream::new(seed, "professionals");
    let mut professionals: Vec<Professional> = Vec::with_capacity(2 * organizations.len());
    let seats = organizations
        .iter()
        .enumerate()
        .flat_map(|(organization, of)| titles(of.system).map(|title| (organization, title)));
    for (organization, title) in seats {
        let mut draw = || {
            let language = stream.pick(&["English", "English", "Spanish", "Haitian Creole"]);
            let names = first_names(language);
            let list = if stream.chance(0.5) { names.female } else { names.male };
            format!("{} {}", stream.pick(list), stream.pick(last_names(language)))
        };
        let mut name = draw();
        while professionals.iter().any(|other| other.name == name) {
            name = draw();
        }
        professionals.push(Professional { name, title, organization });
    }
    professionals
}

/// Where a client lives and the groups the client belongs to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seat {
    pub area: usize,
    pub language: &'static str,
    pub age_band: &'static str,
    pub gender: &'static str,
}

/// Chooses clients from the residents so that every area and group has its share (systematic sampling with a
/// random start), in random order: who comes to the agency does not depend on place or group.
pub(crate) fn seats(seed: u64, areas: &[Area], clients: usize) -> Vec<Seat> {
    let mut stream = Stream::new(seed, "seats");
    let county: u32 = areas.iter().map(Area::people).sum();
    let step = f64::from(county) / clients.max(1) as f64;
    let mut next = stream.unit() * step;
    let mut passed = 0.0;
    let mut seats = Vec::with_capacity(clients);
    for (at, area) in areas.iter().enumerate() {
        for cell in &area.population {
            passed += f64::from(cell.people);
            while next < passed && seats.len() < clients {
                seats.push(Seat {
                    area: at,
                    language: cell.language,
                    age_band: cell.age_band,
                    gender: cell.gender,
                });
                next += step;
            }
        }
    }
    // Rounding in the sum of steps can leave the very last one out.
    while let (true, Some(last)) = (seats.len() < clients, seats.last().copied()) {
        seats.push(last);
    }
    stream.shuffle(&mut seats);
    seats
}

/// Gives every seat a person. `first_opened_on` holds the day of the first case of each.
pub(crate) fn clients(seed: u64, seats: &[Seat], first_opened_on: &[Date]) -> Vec<Client> {
    let mut stream = Stream::new(seed, "clients");
    seats
        .iter()
        .zip(first_opened_on)
        .zip(1_u32..)
        .map(|((seat, opened_on), number)| {
            let (preferred_name, legal_name, pronouns) = names(*seat, &mut stream);
            Client {
                number: format!("LC-{number:04}"),
                key: format!("{:016x}", mix(&[seed, 0x6b65_7973, u64::from(number)])),
                preferred_name,
                legal_name,
                pronouns,
                language: seat.language,
                age_band: seat.age_band,
                gender: seat.gender,
                birth_on: birth_on(seat.age_band, *opened_on, &mut stream),
                area: seat.area,
                household_size: stream
                    .weighted(&[(1, 0.08), (2, 0.18), (3, 0.24), (4, 0.22), (5, 0.15), (6, 0.08), (7, 0.05)])
                    .unwrap_or(3),
                strength: stream.pick(&STRENGTHS),
                wish: stream.pick(&WISHES),
            }
        })
        .collect()
}

/// A birthday that puts the client into the band on the day.
fn birth_on(age_band: &str, on: Date, stream: &mut Stream) -> Date {
    let mut bounds = age_band.split('-').filter_map(|n| n.parse::<i32>().ok());
    let (low, high) = (bounds.next().unwrap_or(15), bounds.next().unwrap_or(17));
    let years_before = |n: i32| {
        on.replace_year(on.year() - n)
            .unwrap_or_else(|_| minus(on, 1).replace_year(on.year() - n).unwrap_or(on))
    };
    // Born after the day on which they would be one year too old, up to the day on which they are just old enough.
    let earliest = plus(years_before(high + 1), 1);
    let latest = years_before(low);
    let width = crate::days::days_between(earliest, latest);
    plus(earliest, stream.between(0, width))
}

fn is_arabic(name: &str) -> bool {
    name.chars().any(|c| ('\u{600}'..'\u{700}').contains(&c))
}

/// Preferred name, legal name, pronouns.
fn names(seat: Seat, stream: &mut Stream) -> (String, String, &'static str) {
    let lists = first_names(seat.language);
    // Some clients are recorded at birth as what they are not: the legal name lags behind.
    let recorded_as_female = match seat.gender {
        "female" => !stream.chance(0.015),
        "male" => stream.chance(0.015),
        _ => stream.chance(0.5),
    };
    let legal_list = if recorded_as_female { lists.female } else { lists.male };
    let own_list = match seat.gender {
        "female" => lists.female,
        "male" => lists.male,
        _ => lists.either,
    };
    let keeps_legal =
        (seat.gender == "female") == recorded_as_female && seat.gender != "nonbinary" && stream.chance(0.85);
    let legal = stream.pick(legal_list);
    // A whole name is written in one script.
    let same_script = |list: &[&'static str]| -> Vec<&'static str> {
        list.iter().copied().filter(|name| is_arabic(name) == is_arabic(legal)).collect()
    };
    let preferred = if keeps_legal {
        legal
    } else if stream.chance(0.3) {
        stream.pick(&same_script(lists.either))
    } else {
        stream.pick(&same_script(own_list))
    };
    let family = same_script(last_names(seat.language));
    let last = stream.pick(&family);
    let double = if seat.language == "Spanish" && stream.chance(0.4) {
        format!(" {}", stream.pick(&family))
    } else {
        String::new()
    };
    let pronouns = match (seat.gender, stream.chance(0.03)) {
        ("female", false) => "she/her",
        ("female", true) => "she/they",
        ("male", false) => "he/him",
        ("male", true) => "he/they",
        _ => "they/them",
    };
    (format!("{preferred} {last}"), format!("{legal} {last}{double}"), pronouns)
}
