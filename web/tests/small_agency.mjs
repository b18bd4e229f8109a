// Three small files that the walk brings in: a map of twelve squares, who lives there, two years of barriers. Two
// squares have a waiting list that grew in the last half year; the same numbers every time.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";

const areas = Array.from({ length: 12 }, (_, n) => `A${String(n + 1).padStart(2, "0")}`);
const languages = ["English", "Spanish"];

export async function writeFiles(folder) {
  const features = areas.map((code, n) => {
    const [x, y] = [-83 + 0.1 * (n % 4), 42 + 0.1 * Math.floor(n / 4)];
    const ring = [[x, y], [x + 0.1, y], [x + 0.1, y + 0.1], [x, y + 0.1], [x, y]];
    return { type: "Feature", properties: { code, name: `Square ${n + 1}` }, geometry: { type: "Polygon", coordinates: [ring] } };
  });
  const population = ["area,language,people"];
  for (const area of areas) population.push(`${area},English,3000`, `${area},Spanish,1000`);

  let state = 7;
  const dice = (sides) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >> 8) % sides;
  };
  const rows = ["day,area,language,client"];
  const day = (month) => `${2023 + Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, "0")}-${String(1 + dice(28)).padStart(2, "0")}`;
  for (let month = 0; month < 24; month += 1) {
    for (const [n, area] of areas.entries()) {
      const grown = month >= 18 && (n === 5 || n === 6);
      const count = 2 + dice(3) + (grown ? 9 : 0);
      for (let k = 0; k < count; k += 1) rows.push(`${day(month)},${area},${languages[dice(3) === 0 ? 1 : 0]},c${dice(400)}`);
    }
  }
  // One row that cannot be taken: the page must say so and take the others.
  rows.push("not a day,A01,English,c1");
  const files = {
    areas: join(folder, "areas.geojson"),
    population: join(folder, "population.csv"),
    events: join(folder, "waiting-lists.csv"),
  };
  await writeFile(files.areas, JSON.stringify({ type: "FeatureCollection", features }));
  await writeFile(files.population, `${population.join("\n")}\n`);
  await writeFile(files.events, `${rows.join("\n")}\n`);
  return { files, rowsGood: rows.length - 2 };
}
