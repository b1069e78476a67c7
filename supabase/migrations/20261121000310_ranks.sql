-- Fractional ranks: the order of cards, shared by everyone.
-- The same keys as the npm package fractional-indexing: an integer part whose first letter tells its length
-- (a0, a1, … b00; Zz, Zy, … downwards) and a base-62 fraction without trailing zero. Sorted as bytes.

create function private.rank_digit(worth integer)
returns text
language sql
immutable strict parallel safe
set search_path = ''
as $$ select substr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', worth + 1, 1) $$;
comment on function private.rank_digit(integer) is 'Base-62 digit of a value from 0 to 61.';

create function private.rank_value(digit text)
returns integer
language sql
immutable strict parallel safe
set search_path = ''
as $$ select strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', digit) - 1 $$;
comment on function private.rank_value(text) is 'Value from 0 to 61 of a base-62 digit.';

create function private.rank_integer_length(head text)
returns integer
language sql
immutable strict parallel safe
set search_path = ''
as $$ select case when head between 'a' and 'z' then ascii(head) - 95 when head between 'A' and 'Z' then 92 - ascii(head) end $$;
comment on function private.rank_integer_length(text) is 'Length of the integer part that starts with this letter, the letter included; null for other characters.';

create function private.is_rank(value text)
returns boolean
language plpgsql
immutable parallel safe
set search_path = ''
as $$
declare
  head constant integer := ascii(value);
  -- As rank_integer_length, spelled out because this runs for every card that is written.
  whole constant integer := case when head between 97 and 122 then head - 95 when head between 65 and 90 then 92 - head end;
begin
  return value is null or (
    whole is not null
    and value ~ '^[0-9A-Za-z]+$'
    and char_length(value) >= whole
    and (char_length(value) = whole or right(value, 1) <> '0')
    and value <> 'A00000000000000000000000000'
  );
end
$$;
comment on function private.is_rank(text) is 'Whether a text is a well-formed fractional rank. Null passes.';

create function private.rank_step(whole text, direction integer)
returns text
language plpgsql
immutable strict parallel safe
set search_path = ''
as $$
declare
  head text := left(whole, 1);
  digits text := substr(whole, 2);
  turned text := '';
  digit integer;
  next_head text;
begin
  for place in reverse char_length(digits) .. 1 loop
    digit := private.rank_value(substr(digits, place, 1)) + direction;
    if digit between 0 and 61 then
      return head || left(digits, place - 1) || private.rank_digit(digit) || turned;
    end if;
    turned := case direction when 1 then '0' else 'z' end || turned;
  end loop;
  -- The digits are used up: the next letter stands for one digit more or less.
  if direction = 1 then
    if head = 'z' then
      return null;
    end if;
    next_head := case head when 'Z' then 'a' else chr(ascii(head) + 1) end;
    return next_head || case when next_head > 'a' collate "C" then turned || '0' when next_head = 'a' then turned else substr(turned, 2) end;
  end if;
  if head = 'A' then
    return null;
  end if;
  next_head := case head when 'a' then 'Z' else chr(ascii(head) - 1) end;
  return next_head || case when next_head < 'Z' collate "C" then turned || 'z' when next_head = 'Z' then turned else substr(turned, 2) end;
end
$$;
comment on function private.rank_step(text, integer) is 'The integer part one above (1) or below (-1); null beyond the largest and smallest.';

create function private.rank_middle(lower_part text, upper_part text)
returns text
language plpgsql
immutable parallel safe
set search_path = ''
as $$
declare
  a text := coalesce(lower_part, '');
  b text := upper_part;
  result text := '';
  low integer;
  high integer;
begin
  loop
    -- Digits both sides share stay as they are; a missing digit below counts as 0.
    while b is not null and b <> '' and coalesce(nullif(left(a, 1), ''), '0') = left(b, 1) loop
      result := result || left(b, 1);
      a := substr(a, 2);
      b := substr(b, 2);
    end loop;
    low := case when a = '' then 0 else private.rank_value(left(a, 1)) end;
    high := case when b is null then 62 else private.rank_value(left(b, 1)) end;
    if high - low > 1 then
      return result || private.rank_digit(round((low + high) / 2.0)::integer);
    end if;
    if b is not null and char_length(b) > 1 then
      return result || left(b, 1);
    end if;
    result := result || private.rank_digit(low);
    a := substr(a, 2);
    b := null;
  end loop;
end
$$;
comment on function private.rank_middle(text, text) is 'A short fraction between two fractions; an empty lower one means 0, a null upper one means 1.';

create function private.rank_between(above text, below text)
returns text
language plpgsql
immutable parallel safe
set search_path = ''
as $$
declare
  smallest constant text := 'A00000000000000000000000000';
  whole_above text := left(above, private.rank_integer_length(left(above, 1)));
  whole_below text := left(below, private.rank_integer_length(left(below, 1)));
  fraction_above text := substr(above, char_length(whole_above) + 1);
  fraction_below text := substr(below, char_length(whole_below) + 1);
  stepped text;
begin
  if not private.is_rank(above) or not private.is_rank(below) or above collate "C" >= below then
    raise exception 'no rank lies between % and %', above, below using errcode = 'invalid_parameter_value';
  end if;
  if above is null and below is null then
    return 'a0';
  end if;
  if above is null then
    if whole_below = smallest then
      return whole_below || private.rank_middle('', fraction_below);
    end if;
    return case when fraction_below <> '' then whole_below else private.rank_step(whole_below, -1) end;
  end if;
  if below is null then
    stepped := private.rank_step(whole_above, 1);
    return coalesce(stepped, whole_above || private.rank_middle(fraction_above, null));
  end if;
  if whole_above = whole_below then
    return whole_above || private.rank_middle(fraction_above, fraction_below);
  end if;
  stepped := private.rank_step(whole_above, 1);
  if stepped collate "C" < below then
    return stepped;
  end if;
  return whole_above || private.rank_middle(fraction_above, null);
end
$$;
comment on function private.rank_between(text, text) is
  'The rank between two ranks: above sorts first, below sorts last, null means the open end. Gives the keys of fractional-indexing.';

grant execute on function
  private.rank_digit(integer), private.rank_value(text), private.rank_integer_length(text), private.is_rank(text),
  private.rank_step(text, integer), private.rank_middle(text, text), private.rank_between(text, text)
to authenticated, service_role;
