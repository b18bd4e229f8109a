//! SQL of places.

use super::{Area, Population};
use crate::kernel::db::{DbError, Reads, Tx, Value};

crate::statements! {
    /// The newest version of every area, by code.
    AREAS = "\
select code, name, parent, longitude, latitude, geometry
from area_current
order by code";
    AREA_INSERT = "\
insert into area (batch_seq, code, name, parent, longitude, latitude, geometry)
values ($1, $2, $3, $4, $5, $6, $7)";
    POPULATION_INSERT = "\
insert into population (batch_seq, dataset, area, stratum_id, day_from, day_to, amount, unit)
values ($1, $2, $3, $4, $5, $6, $7, $8)";
}

pub async fn areas(on: &impl Reads) -> Result<Vec<Area>, DbError> {
    let rows = on.read(AREAS, vec![]).await?;
    rows.iter()
        .map(|row| {
            Ok(Area {
                code: row.text(0)?,
                name: row.text(1)?,
                parent: row.text(2)?,
                longitude: row.real(3)?,
                latitude: row.real(4)?,
                geometry: row.text(5)?,
            })
        })
        .collect()
}

pub async fn areas_insert(tx: &mut Tx, batch_seq: i64, areas: &[Area]) -> Result<(), DbError> {
    let mut values: Vec<Value> = Vec::with_capacity(areas.len() * 7);
    for area in areas {
        values.push(batch_seq.into());
        values.push(area.code.clone().into());
        values.push(area.name.clone().into());
        values.push(area.parent.clone().into());
        values.push(area.longitude.into());
        values.push(area.latitude.into());
        values.push(area.geometry.clone().into());
    }
    tx.insert_many(AREA_INSERT, 7, values).await?;
    Ok(())
}

pub async fn population_insert(
    tx: &mut Tx,
    batch_seq: i64,
    dataset: &str,
    rows: &[Population],
) -> Result<(), DbError> {
    let mut values: Vec<Value> = Vec::with_capacity(rows.len() * 8);
    for row in rows {
        let (from, to) = match row.period {
            Some((from, to)) => (from.to_string(), to.to_string()),
            None => (String::new(), String::new()),
        };
        values.push(batch_seq.into());
        values.push(dataset.into());
        values.push(row.area.clone().into());
        values.push(row.stratum_id.into());
        values.push(from.into());
        values.push(to.into());
        values.push(row.amount.into());
        values.push(row.unit.clone().into());
    }
    tx.insert_many(POPULATION_INSERT, 8, values).await?;
    Ok(())
}
