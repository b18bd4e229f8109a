//! Writes people of whom some were entered twice as a table: `duplicates_csv [RECORDS [SEED]]`.

#![expect(clippy::print_stdout, reason = "an example prints")]

fn main() {
    let mut args = std::env::args().skip(1);
    let records = args.next().and_then(|it| it.parse().ok()).unwrap_or(1_000);
    let seed = args.next().and_then(|it| it.parse().ok()).unwrap_or(1);
    println!("person,preferred_name,legal_name,born_on,phone,identifier,area");
    for it in sim::duplicates::people(seed, records, 0.1) {
        let born = it.birth_on.map(|day| day.to_string()).unwrap_or_default();
        // No value has a comma or a quotation mark in it.
        println!(
            "{},{},{},{born},{},{},{}",
            it.person, it.preferred_name, it.legal_name, it.phone, it.identifier, it.area
        );
    }
}
