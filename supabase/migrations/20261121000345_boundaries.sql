-- Boundaries: what may be the outline of a territory.

create function private.ring_problem(ring jsonb)
returns text
language sql
immutable parallel safe
set search_path = ''
as $$
  select case
    when jsonb_typeof(ring) is distinct from 'array' then 'a ring has to be a list of positions'
    when exists (
      select from jsonb_array_elements(ring) as position
      where jsonb_typeof(position) <> 'array' or jsonb_array_length(position) not between 2 and 3
        or exists (select from jsonb_array_elements(position) as number where jsonb_typeof(number) <> 'number')
    ) then 'a position has to be [longitude, latitude]'
    when exists (
      select from jsonb_array_elements(ring) as position
      where (position ->> 0)::numeric not between -180 and 180 or (position ->> 1)::numeric not between -90 and 90
    ) then 'longitude has to be between -180 and 180 and latitude between -90 and 90, in this order'
    when jsonb_array_length(ring) < 4 then 'a ring needs at least four positions'
    when ring -> 0 <> ring -> -1 then 'a ring has to end where it begins'
    when (select count(distinct position) from jsonb_array_elements(ring) as position) < 3 then 'a ring has to enclose an area'
  end
$$;
comment on function private.ring_problem(jsonb) is 'What is wrong with one ring of a polygon, or null.';

create function private.boundary_problem(boundary jsonb)
returns text
language plpgsql
immutable parallel safe
set search_path = ''
as $$
declare
  most_bytes constant integer := 1048576;
  most_positions constant integer := 20000;
  polygons jsonb;
  polygon jsonb;
  ring jsonb;
  problem text;
  positions integer := 0;
begin
  if boundary is null then
    return null;
  end if;
  if jsonb_typeof(boundary) <> 'object' then
    return 'it has to be a GeoJSON object';
  end if;
  if octet_length(boundary::text) > most_bytes then
    return 'it is larger than 1 MB';
  end if;
  if boundary ->> 'type' in ('Feature', 'FeatureCollection') then
    return 'it is a ' || (boundary ->> 'type') || '; send the geometry inside';
  end if;
  polygons := case boundary ->> 'type'
    when 'Polygon' then jsonb_build_array(boundary -> 'coordinates')
    when 'MultiPolygon' then boundary -> 'coordinates'
  end;
  if polygons is null then
    return 'its type has to be Polygon or MultiPolygon, with coordinates';
  end if;
  if exists (select from jsonb_object_keys(boundary) as key where key not in ('type', 'coordinates', 'bbox')) then
    return 'it may only have type, coordinates and bbox';
  end if;
  if jsonb_typeof(polygons) <> 'array' or jsonb_array_length(polygons) = 0 then
    return 'its coordinates have to be a list that is not empty';
  end if;
  for polygon in select value from jsonb_array_elements(polygons) loop
    if jsonb_typeof(polygon) <> 'array' or jsonb_array_length(polygon) = 0 then
      return 'a polygon has to be a list of rings';
    end if;
    for ring in select value from jsonb_array_elements(polygon) loop
      problem := private.ring_problem(ring);
      if problem is not null then
        return problem;
      end if;
      positions := positions + jsonb_array_length(ring);
      if positions > most_positions then
        return format('it has more than %s positions', most_positions);
      end if;
    end loop;
  end loop;
  return null;
end
$$;
comment on function private.boundary_problem(jsonb) is
  'What keeps a value from being a boundary, in words that complete "The boundary cannot be used: …", or null. Polygon or MultiPolygon of RFC 7946, closed rings, at most 20,000 positions and 1 MB. Never raises, whatever it is given.';
grant execute on function private.ring_problem(jsonb), private.boundary_problem(jsonb) to authenticated, service_role;
