import type { BoundaryProblem } from '$lib/domain/geo/boundary';
import type { Level } from '$lib/domain/territories';
import { m } from '$lib/paraglide/messages';

const levels: Readonly<Record<Level, () => string>> = {
  country: m.territory_level_country,
  region: m.territory_level_region,
  governorate: m.territory_level_governorate,
  city: m.territory_level_city,
  area: m.territory_level_area,
  brick: m.territory_level_brick,
};

export const levelWord = (level: Level): string => levels[level]();

/** Inside a sentence: "Add region". */
export const levelInSentence = (level: Level): string => levelWord(level).toLocaleLowerCase();

const problems: Readonly<Record<BoundaryProblem, () => string>> = {
  not_json: m.boundary_not_json,
  not_geometry: m.boundary_not_geometry,
  several_shapes: m.boundary_several_shapes,
  empty: m.boundary_empty,
  not_a_position: m.boundary_not_a_position,
  out_of_range: m.boundary_out_of_range,
  too_short: m.boundary_too_short,
  not_closed: m.boundary_not_closed,
  no_area: m.boundary_no_area,
  too_many_positions: m.boundary_too_many_positions,
  too_large: m.boundary_too_large,
};

export const boundaryWords = (problem: BoundaryProblem): string => problems[problem]();

const lineErrors: Readonly<Record<string, () => string>> = {
  invalid_row: m.territory_line_invalid_row,
  unknown_level: m.territory_line_unknown_level,
  invalid_code: m.territory_line_invalid_code,
  duplicate_code: m.territory_line_duplicate_code,
  invalid_name: m.territory_line_invalid_name,
  parent_missing: m.territory_line_parent_missing,
  parent_not_wanted: m.territory_line_parent_not_wanted,
  parent_not_found: m.territory_line_parent_not_found,
  parent_not_one_level_up: m.territory_line_parent_not_one_level_up,
  level_fixed: m.territory_line_level_fixed,
  parent_fixed: m.territory_line_parent_fixed,
  invalid_boundary: m.territory_line_invalid_boundary,
};

/** What is wrong with a line of a file. An error this page does not know yet keeps the database's own words. */
export const lineErrorWords = ({ code, message }: { code: string; message: string }): string =>
  lineErrors[code]?.() ?? message;
