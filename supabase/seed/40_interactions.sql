-- Demo data, part 4: six months of conversations with the first organisation's customers, and some with the second's.
--
-- Each customer's story runs through beats, from the first contact (1) to the last its status allows (6 signed, 7 lost). An entry takes
-- its subject and opening from the beat, its detail from the beat or the trade, its ending from the next action; consecutive entries
-- walk through the variants instead of drawing them, so that no entry repeats the one before.

create or replace function pg_temp.demo_id(name text) returns uuid language sql immutable as
$$ select overlay(overlay(md5('tandem demo ' || name) placing '8' from 13) placing 'a' from 17)::uuid $$;

create or replace function pg_temp.demo_hash(seed text) returns bigint language sql immutable as
$$ select ('x' || substr(md5(seed), 1, 12))::bit(48)::bigint $$;

create or replace function pg_temp.demo_pick(list text[], seed text) returns text language sql immutable as
$$ select list[1 + (pg_temp.demo_hash(seed) % cardinality(list))::integer] $$;

-- Puts names in place of {customer} and the like. A name such as S.A. at the end of a sentence needs no second full stop.
create or replace function pg_temp.demo_fill(template text, words text[]) returns text language sql immutable as
$$
  select replace(replace(replace(replace(replace(replace(replace(template,
    '{customer}', words[1]), '{contact}', words[2]), '{product}', words[3]), '{town}', words[4]), '{manager}', words[5]), '{director}', words[6]), '..', '.')
$$;

create temporary table if not exists demo_scenes (
  place integer generated always as identity,
  segment text not null,
  beat integer not null,
  type text not null,
  subject text not null,
  opening text not null,
  outcome text
);
truncate demo_scenes;

insert into demo_scenes (segment, beat, type, subject, opening, outcome) values
  -- Sales to companies
  ('b2b', 1, 'note', 'Background before the first call', '{customer} opened a second site near {town} this year and is hiring in quality assurance.', null),
  ('b2b', 1, 'meeting', 'Met at the trade fair', 'Talked to {contact} for twenty minutes at our stand and swapped cards.', 'Good first impression'),
  ('b2b', 1, 'call', 'Returned a missed call', '{contact} had read our advertisement and asked whether we deliver to {town}.', 'Wants details'),
  ('b2b', 1, 'email', 'Introduction and overview of {product}', 'Sent {contact} two pages about {product} and a link to a short film.', 'Sent'),
  ('b2b', 1, 'call', 'Longer call with {contact}', 'Spoke at length with {contact}, who looks after purchasing at {customer}.', 'Interested'),
  ('b2b', 2, 'call', 'How they work today', '{contact} walked me through the present process step by step.', 'Need confirmed'),
  ('b2b', 2, 'call', 'Budget and who decides', '{contact} explained the path: operations recommends, finance checks, the managing director signs.', 'Decision path known'),
  ('b2b', 2, 'email', 'Questions before our next meeting', 'Asked {contact} for volumes, sites and the end date of the present contract.', 'Waiting for an answer'),
  ('b2b', 2, 'meeting', 'Discovery meeting in {town}', 'Visited {contact} and two colleagues on site; they had prepared a list of questions.', 'Clear need'),
  ('b2b', 2, 'note', 'What we know after discovery', 'Summary for the team, so that whoever takes the next call at {customer} is prepared.', null),
  ('b2b', 3, 'visit', 'Walk through the site', 'Walked the site in {town} with {contact} and marked where everything would go.', 'Good fit'),
  ('b2b', 3, 'meeting', 'Demonstration of {product}', 'Showed {product} to {contact} and the quality team; they tried it on their own data.', 'Positive'),
  ('b2b', 3, 'meeting', 'Technical questions with their IT', 'Video call with {contact} and the IT lead of {customer}; most questions were about access rights.', 'Two points open'),
  ('b2b', 3, 'email', 'Trial starts', 'Confirmed to {contact} that everything needed for the trial went out this morning.', 'Sent'),
  ('b2b', 3, 'call', 'Feedback on the trial', '{contact} reports that the trial has run for ten days without a gap.', 'Trial going well'),
  ('b2b', 4, 'email', 'Proposal for {product}', 'Sent the proposal to {contact} with two variants and a one-page summary.', 'Sent'),
  ('b2b', 4, 'call', 'Went through the proposal', 'Read the proposal together with {contact}, line by line.', 'Understood, questions on price'),
  ('b2b', 4, 'meeting', 'Proposal review with finance', '{contact} brought the head of finance of {customer}, who asked for the total cost over three years.', 'Needs a calculation'),
  ('b2b', 4, 'note', 'How our offer compares', 'Compared our offer to {customer} with the two others that {contact} mentioned.', null),
  ('b2b', 4, 'call', 'Reference customer arranged', 'Put {contact} in touch with a customer of similar size who has used {product} since last year.', 'Reference call agreed'),
  ('b2b', 5, 'meeting', 'Negotiation, second round', 'Two hours with {contact} and the managing director of {customer} in {town}.', 'Agreement in sight'),
  ('b2b', 5, 'call', 'Payment terms', '{contact} asks for sixty days instead of thirty.', 'Close'),
  ('b2b', 5, 'email', 'Revised offer', 'Sent {contact} the revised offer with the volume steps we discussed.', 'Sent'),
  ('b2b', 5, 'call', 'Contract with their lawyers', 'Their legal department has three remarks, said {contact}; none touches the price.', 'Small changes'),
  ('b2b', 5, 'meeting', 'Start dates', 'Agreed with {contact} on a plan per site, starting with {town}.', 'Dates agreed'),
  ('b2b', 6, 'meeting', 'Contract signed', 'Signed in {town}; {contact} wants the first delivery before the end of the month.', 'Won'),
  ('b2b', 6, 'call', 'Two days after the first delivery', 'Asked {contact} whether everything arrived as ordered.', 'Satisfied'),
  ('b2b', 6, 'email', 'Who to call for what', 'Sent {contact} the names and numbers of service, accounting and the warehouse.', 'Sent'),
  ('b2b', 6, 'meeting', 'First review together', 'Looked at the first weeks with {contact}: figures, complaints, wishes.', 'Room for more'),
  ('b2b', 6, 'call', 'A complaint, solved', 'An amount on the first invoice was wrong; {contact} had the corrected one the next day.', 'Solved'),
  ('b2b', 7, 'call', 'They decided against us', '{contact} called in person to tell us that {customer} will not go ahead with {product}.', 'Lost'),
  ('b2b', 7, 'email', 'Thank you and goodbye for now', 'Thanked {contact} for the open talks and asked to stay on our mailing list.', 'Lost'),
  ('b2b', 7, 'note', 'Why we lost {customer}', 'Wrote down what {contact} told me, to learn from it.', 'Lost'),

  -- Field force
  ('field', 1, 'visit', 'First visit', 'Introduced myself and {product} to {contact} in a quiet moment.', 'Friendly, little time'),
  ('field', 1, 'visit', 'Left our card and the leaflet', 'It was crowded; an assistant took the leaflet for {contact} and named the best hours.', 'Come back'),
  ('field', 1, 'call', 'Appointment by telephone', 'Called the desk of {customer} and asked for ten minutes with {contact}.', 'Appointment made'),
  ('field', 1, 'meeting', 'Met at the symposium', '{contact} asked a good question after the talk on blood pressure; we continued over coffee.', 'Interested'),
  ('field', 1, 'note', 'Profile', 'Colleagues describe {contact} as careful with new medicines and well read.', null),
  ('field', 2, 'visit', 'Which patients they see', '{contact} described a typical week at {customer}.', 'Potential clear'),
  ('field', 2, 'visit', 'What they prescribe now', 'Asked {contact} what is usually given first and when it is changed.', 'Open to alternatives'),
  ('field', 2, 'call', 'Question about dosing', '{contact} wanted to know the starting dose for patients above seventy.', 'Answered'),
  ('field', 2, 'email', 'Study summary requested', 'Sent {contact} the summary of the twelve-month study, as promised at the last visit.', 'Sent'),
  ('field', 2, 'meeting', 'Lunch talk with the team', 'Short talk for {contact} and four colleagues about early treatment.', 'Good discussion'),
  ('field', 3, 'visit', 'Study results discussed', 'Went through the tables with {contact}, mostly the safety data.', 'Convinced by the data'),
  ('field', 3, 'visit', 'Starter packs handed over', 'Left four starter packs of {product} and noted the lot number.', 'Will try with three patients'),
  ('field', 3, 'visit', 'Joint visit with the district manager', 'Visited {contact} together with {manager}; we spoke about patients who stop too early.', 'Positive'),
  ('field', 3, 'call', 'First experience', '{contact} has started two patients and is watching the morning values.', 'Wait and see'),
  ('field', 3, 'meeting', 'Round table with the cardiologist', '{contact} joined our round table and presented a case of their own.', 'Very engaged'),
  ('field', 4, 'visit', 'Order proposal', 'Proposed a first order to {contact}, with the introductory discount until the end of the quarter.', 'Thinking it over'),
  ('field', 4, 'call', 'Stock and delivery', '{contact} asked how quickly we refill when stock runs low.', 'Reassured'),
  ('field', 4, 'visit', 'Listing on the formulary', '{contact} will bring {product} to the next committee meeting.', 'On the agenda'),
  ('field', 4, 'email', 'Price list sent', 'Sent {contact} the price list and the form for the first order.', 'Sent'),
  ('field', 5, 'visit', 'Terms for the first order', 'Agreed with {contact} on quantity; the discount is still open.', 'Nearly agreed'),
  ('field', 5, 'call', 'Answer from the committee', 'The hospital committee asks for one more safety statement, said {contact}.', 'One paper missing'),
  ('field', 5, 'visit', 'Last questions', '{contact} wanted to hear again how the packs are traced.', 'Ready to order'),
  ('field', 6, 'visit', 'Order signed', '{contact} signed the first order on the tablet.', 'Ordered'),
  ('field', 6, 'visit', 'Refill', 'Stock of {product} was down to two packs; wrote the refill with {contact}.', 'Reordered'),
  ('field', 6, 'call', 'Delivery confirmed', '{contact} confirmed that the parcel arrived complete and cool.', 'Complete'),
  ('field', 6, 'visit', 'How the patients are doing', '{contact} reports stable values in most patients after eight weeks.', 'Satisfied'),
  ('field', 6, 'meeting', 'Invitation to speak', 'Asked {contact} to share the experience at our autumn symposium.', 'Accepted'),
  ('field', 7, 'visit', 'Decided for another therapy', '{contact} stays with the present therapy and was frank about the reasons.', 'Lost'),
  ('field', 7, 'call', 'Not on the formulary', 'The hospital committee declined, {contact} told me.', 'Lost'),

  -- Delivery
  ('delivery', 1, 'call', 'First talk about data exchange', '{contact} of {customer} asked how other clients connect to {product}.', 'Interested'),
  ('delivery', 1, 'meeting', 'Introduction of our delivery team', 'Two of us met {contact} and the project office in {town}.', 'Good start'),
  ('delivery', 1, 'email', 'Reading list before we start', 'Sent {contact} the interface guide and the checklist for the security review.', 'Sent'),
  ('delivery', 2, 'meeting', 'Which systems are involved', 'Drew the systems of {customer} on one page together with {contact}.', 'Scope clear'),
  ('delivery', 2, 'call', 'Volumes and peaks', '{contact} expects most files in the first three days of a month.', 'Numbers noted'),
  ('delivery', 2, 'note', 'Risks so far', 'Listed what could delay {customer}: holidays, one supplier, an old certificate.', null),
  ('delivery', 3, 'meeting', 'Workshop on file formats', 'Half a day with {contact}; we agreed on one format for claims and one for members.', 'Formats agreed'),
  ('delivery', 3, 'call', 'Security review', 'Answered the questionnaire of {customer} by telephone with {contact}.', 'Passed with remarks'),
  ('delivery', 3, 'email', 'Test access sent', 'Sent {contact} the test account and three sample files.', 'Sent'),
  ('delivery', 4, 'email', 'Statement of work', 'Sent {contact} the statement of work with phases, days and people.', 'Sent'),
  ('delivery', 4, 'meeting', 'Plan on one page', 'Walked {contact} through the plan; the go-live date suits them.', 'Plan accepted'),
  ('delivery', 4, 'call', 'Who does what', 'Settled with {contact} which tasks stay with {customer} and which come to us.', 'Settled'),
  ('delivery', 5, 'meeting', 'Contract and service levels', 'Discussed response times with {contact} and the legal office of {customer}.', 'Two clauses open'),
  ('delivery', 5, 'call', 'Penalty clause', '{contact} will accept a cap at five per cent of the yearly fee.', 'Close'),
  ('delivery', 5, 'email', 'Contract, third version', 'Sent {contact} the contract with all changes marked.', 'Sent'),
  ('delivery', 6, 'meeting', 'Kick-off', 'Kick-off in {town} with {contact}, nine people and a clear list of tasks.', 'Started'),
  ('delivery', 6, 'call', 'Weekly call', 'Went through the open tasks of {customer} with {contact}.', 'On plan'),
  ('delivery', 6, 'note', 'First file transferred', 'The first real file of {customer} arrived at 06:00 and was processed in four minutes.', 'Milestone reached'),
  ('delivery', 6, 'meeting', 'Acceptance test', 'Tested forty cases with {contact}; thirty-eight passed at once.', 'Two corrections'),
  ('delivery', 6, 'email', 'Live since this morning', 'Told {contact} and the service desk that {customer} is live.', 'Live'),
  ('delivery', 6, 'call', 'Transfer failed overnight', 'A certificate of {customer} had expired; {contact} renewed it and the files went through.', 'Solved'),
  ('delivery', 7, 'meeting', 'Project stopped', '{contact} told us that the board of {customer} has put all new projects on hold.', 'Lost'),
  ('delivery', 7, 'email', 'Closing the file', 'Confirmed to {contact} that we deleted the test data and closed the access.', 'Lost'),

  -- The second organisation
  ('timber', 1, 'call', 'First call about timber', 'Spoke with {contact} about what {customer} saws and buys.', 'Interested'),
  ('timber', 2, 'visit', 'Yard visit', 'Looked at the yard of {customer} with {contact}.', 'Good quality'),
  ('timber', 3, 'email', 'Samples sent', 'Sent {contact} six boards of {product}.', 'Sent'),
  ('timber', 4, 'email', 'Price per cubic metre', 'Sent {contact} prices for three lengths.', 'Sent'),
  ('timber', 5, 'call', 'Freight and drying', '{contact} wants freight included and eight per cent moisture.', 'Close'),
  ('timber', 6, 'meeting', 'Year contract', 'Signed the year contract with {contact}.', 'Won'),
  ('timber', 7, 'call', 'Bought elsewhere', '{contact} of {customer} bought from a mill nearby.', 'Lost');

-- One detail a sentence: by trade for the early beats, by beat for the later ones.
create temporary table if not exists demo_details (segment text not null, topic text not null, sentences text[] not null);
truncate demo_details;

insert into demo_details values
  ('b2b', 'logistics', array[
    'They run forty refrigerated lorries and still read the loggers by hand at every stop.',
    'Two rejected loads last quarter cost them more than our whole offer.',
    'Their largest client now demands a temperature record for each pallet.',
    'Drivers should not have to do anything but switch the device on.']),
  ('b2b', 'food', array[
    'The retailer they supply audits the cold chain twice a year.',
    'Summer is the season that matters, so anything new must be in place by May.',
    'Their quality manager keeps the records in four different spreadsheets.',
    'They lose about two per cent of the goods between dairy and shelf.']),
  ('b2b', 'laboratory', array[
    'Samples travel up to six hours, and the result is only valid between two and eight degrees.',
    'Accreditation is due next spring and the auditor will ask for gapless records.',
    'They process around nine hundred samples a day, most of them before noon.',
    'The laboratory system has an open interface, which makes our part easy.']),
  ('b2b', 'medtech', array[
    'They ship implants that must not freeze, mostly to clinics abroad.',
    'A recall two years ago made everyone there careful about traceability.',
    'Small parcels, high value: a cheap logger would be the wrong answer.',
    'Their service technicians could carry the devices in the car.']),
  ('b2b', 'wholesale', array[
    'They serve about six hundred pharmacies from one warehouse and work with paper returns.',
    'Orders arrive by fax, telephone and two portals; they would like one door.',
    'Good distribution practice is audited every year and last time there were remarks.',
    'Night shifts pack between ten and four, so support hours matter to them.']),
  ('b2b', 'manufacturing', array[
    'Production doubles in autumn, and with it the number of shipments.',
    'They buy packaging and loggers together and would prefer one supplier.',
    'Stability data of two years must be handed to the authority at any time.',
    'Their plant manager wants to see the figures on a phone.']),
  ('b2b', 'retail', array[
    'Thirty-one branches, each with its own refrigerator and its own habits.',
    'The branch managers decide together, which takes time but holds.',
    'They compare us with a cheaper offer that comes without any certificate.',
    'Home delivery started last year and is growing every month.']),
  ('b2b', 'chemicals', array[
    'Some reagents decompose above fifteen degrees, which happened twice last summer.',
    'Everything needs a safety data sheet in three languages.',
    'Drums stand outdoors for hours before loading, and nobody measures that.',
    'They want alarms by text message, not by e-mail.']),
  ('b2b', 'beat 4', array[
    'The smaller variant covers what they need today, the larger one the growth they plan.',
    'Price is ten per cent above the cheapest, but training and service are included.',
    'They liked that we count sites and not users.',
    'Open question: who pays for the installation at the second site.',
    'We are one of three; the others are not able to deliver before summer.']),
  ('b2b', 'beat 5', array[
    'We hold the price and give a free check in the second year instead.',
    'A contract over three years is fine for them if they may leave after two.',
    'They confirmed that the budget is approved and must be used this year.',
    'Our limit on the discount is reached; I said so openly.']),
  ('b2b', 'beat 6', array[
    'Everything is set up and the first reports went out automatically.',
    'They named a colleague on site who will be our first contact from now on.',
    'Invoice and delivery note matched, which accounting praised.',
    'They would recommend us to a sister company in the same group.']),
  ('b2b', 'beat 7', array[
    'Nothing personal: the decision was made one level above.',
    'The door stays open; their present contract ends in eighteen months.',
    'We were second, and the difference was the price of the larger variant.',
    'Lesson for us: we met the head of finance too late.']),
  ('field', 'doctor', array[
    'About a third of the patients are above sixty-five and take more than four medicines.',
    'What matters most here is how well it is tolerated in the first four weeks.',
    'Prefers facts on one page and does not like brochures.',
    'Values are checked at every visit, so an effect shows quickly.',
    'Asked about the price for patients who pay themselves.',
    'Sees industry only on two days a week, which we respect.']),
  ('field', 'pharmacy', array[
    'Most customers come with a prescription from the clinic across the street.',
    'Shelf space behind the counter is short, so packs should be small.',
    'They reorder twice a week and expect delivery the next morning.',
    'The younger pharmacist answers questions about side effects and wants material.',
    'Two similar products are on the shelf already.']),
  ('field', 'clinic', array[
    'Four doctors share the rooms and decide on new therapies together.',
    'The nurse who trains patients asked for a measuring diary.',
    'They see around two hundred patients a week, many of them for controls.',
    'The head of the clinic reads the guideline before anything else.']),
  ('field', 'hospital', array[
    'The ward pharmacist prepares the list for the committee every quarter.',
    'Purchasing and medicine are two worlds here; both have to agree.',
    'Night duty uses what lies in the cupboard, so the first stock matters.',
    'A training for the young doctors would be welcome.']),
  ('field', 'beat 4', array[
    'A small first order would show how fast it moves.',
    'They would like to return unopened packs within ninety days.',
    'The discount is helpful, but delivery on time is worth more to them.']),
  ('field', 'beat 5', array[
    'Everything else has been said, only the quantity is still open.',
    'They asked that the first delivery comes before the holidays.',
    'No objection from the medical side any more.']),
  ('field', 'beat 6', array[
    'No side effects worth mentioning so far.',
    'Two colleagues next door have asked about it as well.',
    'They keep twenty packs in stock now and count them on Thursdays.',
    'The patient diary is popular; left another thirty copies.']),
  ('field', 'beat 7', array[
    'We will visit again when the new study is published.',
    'The cheaper product is good enough for most of their patients, in their view.',
    'Still a friendly contact for other products.']),
  ('delivery', 'hospital group', array[
    'Seven hospitals, three different hospital systems and one data centre.',
    'The works council must agree before real data may flow.',
    'Their interface team is two people who also keep the wards running.',
    'They want to replace the nightly fax of discharge letters first.']),
  ('delivery', 'clinic group', array[
    'Each clinic keeps its own appointments, billing is central.',
    'They have no test system, so we provide one.',
    'The doctors ask for lab results on the same day.']),
  ('delivery', 'insurer', array[
    'Claims arrive in four formats today and are keyed in again by hand.',
    'Members move between plans at the turn of the year, which doubles the files.',
    'The auditor wants to see who changed which record and when.',
    'Payments must leave within ten days by law.']),
  ('delivery', 'administrator', array[
    'They handle claims for eleven insurers and each has its own rules.',
    'Every file needs a receipt within the hour.',
    'Their old transfer server is switched off at the end of next quarter.',
    'Rejected claims should come back with a reason a person can read.']),
  ('delivery', 'pharmacy network', array[
    'Ninety pharmacies send their sales each night, a few always late.',
    'The product list changes weekly and has to match on both sides.',
    'They would like to see stock across all branches by midsummer.']),
  ('delivery', 'laboratory network', array[
    'Results leave as one large file; clinics would prefer one message each.',
    'Order numbers are not unique between the sites, which we have to solve.',
    'They validate every change with a written protocol.']),
  ('delivery', 'beat 4', array[
    'Thirty-two days of work in four phases, the first one at a fixed price.',
    'They asked for one name to call, day or night, during the first month.',
    'Travel is included, extra interfaces are not.']),
  ('delivery', 'beat 5', array[
    'Service hours from seven to nineteen are accepted, weekends are still open.',
    'Their data protection officer has approved the annex without changes.',
    'Signature is planned for the next board meeting.']),
  ('delivery', 'beat 6', array[
    'Nothing is blocked; the next milestone is in ten days.',
    'One mapping has to change because the member number has a new length.',
    'Their team now reads the error report alone and needs us less each week.',
    'Volume is a fifth above plan and the times are still fine.',
    'We agreed to freeze changes during the last week of the month.']),
  ('delivery', 'beat 7', array[
    'We offered to keep the prepared mapping for a year.',
    'They may come back once the merger is through.']),
  ('timber', 'timber', array[
    'They dry in two chambers and ship every Tuesday.',
    'Certified wood only, their buyers in the north insist on it.',
    'The harbour is half an hour away, which keeps freight low.']);

-- What comes next: the task that a person reads in the list, and how the note puts it.
create temporary table if not exists demo_endings (segment text not null, beat integer not null, next_action text, ending text not null);
truncate demo_endings;

insert into demo_endings values
  ('b2b', 1, 'Call {contact} again', 'I call again when they have talked about it.'),
  ('b2b', 1, 'Send case study', 'Promised a case study from their trade.'),
  ('b2b', 1, 'Arrange a first meeting', 'A first meeting should be possible this month.'),
  ('b2b', 1, null, 'No date yet, they will come back to us.'),
  ('b2b', 2, 'Prepare a demonstration', 'Next is a demonstration with their own figures.'),
  ('b2b', 2, 'Ask for the number of sites', 'I still need the exact number of sites.'),
  ('b2b', 2, 'Meet the quality manager', 'The quality manager should be there next time.'),
  ('b2b', 2, null, 'Nothing to do until they have the figures.'),
  ('b2b', 3, 'Collect opinions on the trial', 'The trial ends soon; then we collect what everybody thinks.'),
  ('b2b', 3, 'Answer open technical points', 'Two answers are ours to give, in writing.'),
  ('b2b', 3, 'Write the proposal', 'They asked for a written proposal.'),
  ('b2b', 4, 'Ask for their decision', 'They decide within two weeks.'),
  ('b2b', 4, 'Send the calculation over three years', 'The calculation goes out tomorrow.'),
  ('b2b', 4, 'Call after the reference talk', 'I ring when they have spoken to the reference.'),
  ('b2b', 5, 'Send the contract for signature', 'If nothing comes up, the contract goes out for signature.'),
  ('b2b', 5, 'Clear the discount with {director}', 'I clear the last point in house.'),
  ('b2b', 5, 'Confirm the delivery plan', 'As soon as the dates are confirmed in house we are done.'),
  ('b2b', 6, 'Plan the next review', 'Next review in three months.'),
  ('b2b', 6, 'Offer the second site', 'The second site is the next topic.'),
  ('b2b', 6, null, 'Nothing open.'),
  ('b2b', 7, null, 'Closed for now.'),
  ('b2b', 7, null, 'No further action this year.'),
  ('field', 1, 'Visit again', 'Next visit at a quieter hour.'),
  ('field', 1, 'Bring the study summary', 'Asked for the study summary.'),
  ('field', 1, 'Ring the desk for an appointment', 'The desk knows my name now.'),
  ('field', 1, null, 'No date agreed.'),
  ('field', 2, 'Bring starter packs', 'Starter packs would be welcome.'),
  ('field', 2, 'Discuss the safety data', 'Safety data is the topic for next time.'),
  ('field', 2, 'Invite to the round table', 'Would come to a round table in the evening.'),
  ('field', 3, 'Ask how the first patients are doing', 'In three weeks we will know more.'),
  ('field', 3, 'Bring patient diaries', 'Patient diaries are needed.'),
  ('field', 3, 'Joint visit with {manager}', 'A joint visit makes sense.'),
  ('field', 4, 'Ask about the first order', 'I ask again before the end of the month.'),
  ('field', 4, 'Send papers for the committee', 'The committee needs the papers in time.'),
  ('field', 4, 'Confirm delivery times', 'Our warehouse confirms the delivery days.'),
  ('field', 5, 'Bring the order form', 'Next time with the order form.'),
  ('field', 5, 'Send the safety statement', 'The statement goes out today.'),
  ('field', 6, 'Check stock', 'I look at the stock on the next round.'),
  ('field', 6, 'Confirm the talk at the symposium', 'Details of the symposium follow.'),
  ('field', 6, null, 'All fine.'),
  ('field', 7, null, 'Visit frequency reduced.'),
  ('delivery', 1, 'Arrange a meeting with their IT', 'A meeting with their IT comes next.'),
  ('delivery', 1, 'Send references', 'They asked for two references of the same size.'),
  ('delivery', 2, 'Finish the system map', 'The map goes to both sides for review.'),
  ('delivery', 2, 'Get sample files', 'We need one real, anonymised file of each kind.'),
  ('delivery', 3, 'Check the test files', 'Their first test files should come this week.'),
  ('delivery', 3, 'Write the statement of work', 'With this we can write the statement of work.'),
  ('delivery', 4, 'Ask for comments on the plan', 'Comments are expected by Friday.'),
  ('delivery', 4, 'Reserve people for the start', 'People are reserved from the first of the month.'),
  ('delivery', 5, 'Agree on the last clauses', 'The lawyers talk to each other now.'),
  ('delivery', 5, 'Call before the board meeting', 'I ring before the board meets.'),
  ('delivery', 6, 'Check the next milestone', 'The milestone is checked together.'),
  ('delivery', 6, 'Correct the mapping', 'The correction is ours.'),
  ('delivery', 6, 'Prepare the monthly report', 'The monthly report will show it.'),
  ('delivery', 6, null, 'Nothing open from this call.'),
  ('delivery', 7, null, 'Closed.'),
  ('timber', 1, 'Call again', 'Call again next week.'),
  ('timber', 2, 'Send samples', 'Samples follow.'),
  ('timber', 3, 'Ask for a verdict', 'They test for two weeks.'),
  ('timber', 4, 'Ask for the order', 'Decision before the season.'),
  ('timber', 5, 'Send the contract', 'Contract to follow.'),
  ('timber', 6, null, 'Deliveries run.'),
  ('timber', 7, null, 'Closed.');

-- The people on the other side, by the dialling codes of where they work.
create temporary table if not exists demo_contacts (codes text not null, names text[] not null);
truncate demo_contacts;

insert into demo_contacts values
  ('^[+]4[139]', array['Ms Engelhardt', 'Mr Voss', 'Ms Kuhnert', 'Mr Albers', 'Ms Yılmaz', 'Mr Reuter', 'Ms Petersen', 'Mr Lang']),
  ('^[+]33', array['Mme Garnier', 'M. Lefort', 'Mme Benali', 'M. Chauvin', 'Mme Perrot', 'M. Dumas']),
  ('^[+]39', array['Ms Ferrante', 'Mr Colombo', 'Ms Rinaldi', 'Mr De Santis', 'Ms Galli']),
  ('^[+]34', array['Ms Ortega', 'Mr Vidal', 'Ms Iglesias', 'Mr Cano', 'Ms Peña']),
  ('^[+]31', array['Ms De Boer', 'Mr Hendriks', 'Ms Smit', 'Mr Vermeer']),
  ('^[+]48', array['Ms Zielińska', 'Mr Wójcik', 'Ms Nowicka', 'Mr Sikora']),
  ('^[+]46', array['Ms Åkesson', 'Mr Sandberg', 'Ms Holm', 'Mr Ek']),
  ('^[+]90', array['Ms Demir', 'Mr Kaya', 'Ms Aydın', 'Mr Şahin']),
  ('^[+]30', array['Ms Papadaki', 'Mr Nikolaou', 'Ms Ioannou']),
  ('^[+]44', array['Ms Hartley', 'Mr Fenwick', 'Ms Okafor', 'Mr Bright']),
  ('^[+]20', array['Ms Abdelaziz', 'Mr Fouad', 'Ms Naguib', 'Mr Hassanein', 'Ms Kamal', 'Mr Shenouda', 'Ms Rashed', 'Mr Gamal']),
  ('^[+]9[67]', array['Ms Al Suwaidi', 'Mr Nair', 'Ms Haddadin', 'Mr Al Mutairi', 'Ms Khoury', 'Mr Rahman']),
  ('^[+]37', array['Ms Kask', 'Mr Rebane', 'Mr Bērziņš', 'Ms Kazlauskienė']);

do $seed$
declare
  trading constant uuid := pg_temp.demo_id('Nile & Rhine Trading');
  timber constant uuid := pg_temp.demo_id('Baltic Timber Works');
  today constant date := (now() at time zone 'utc')::date;
begin
  if exists (select from public.interactions where org_id in (trading, timber)) then
    return;
  end if;

  insert into public.interactions (
    id, org_id, customer_id, user_id, type, channel, subject, note, outcome, next_action, follow_up_at, occurred_at, created_at
  )
  with party as (
    select
      customer.id, customer.org_id, customer.status, customer.is_archived,
      (customer.created_at at time zone 'utc')::date as opened_on,
      (customer.updated_at at time zone 'utc')::date as touched_on,
      pg_temp.demo_hash(customer.name) as seed,
      case
        when customer.org_id = timber then 'timber'
        when owner.team = 'Field force' then 'field'
        when owner.team = 'Delivery' then 'delivery'
        else 'b2b'
      end as segment,
      coalesce(customer.custom_fields ->> 'industry', lower(client_type.name)) as trade,
      case when client_type.name = 'Doctor' then 'the practice' else customer.name end as customer_name,
      case
        when client_type.name <> 'Doctor' then pg_temp.demo_pick(contact.names, customer.name || ' contact')
        when customer.name ~ '^Dr' then 'Dr. ' || substring(customer.name from '[^ ]+$')
        else customer.name
      end as contact_name,
      coalesce(product.name, 'our range') as product_name,
      substring(customer.address from '[^,]+$') as town,
      coalesce(customer.owner_id, pg_temp.demo_id('person jonas')) as owner_id,
      owner.manager_id
    from public.customers as customer
    join public.client_types as client_type on client_type.id = customer.client_type_id
    join demo_contacts as contact on customer.phone ~ contact.codes
    left join public.products as product on product.id = customer.product_id
    left join public.memberships as owner on owner.org_id = customer.org_id and owner.user_id = customer.owner_id
    where customer.org_id in (trading, timber)
  ),
  measured as (
    select party.*,
      least(1 + touched_on - opened_on, case
        when segment = 'timber' then least(5, array_position(array['lead', 'qualified', 'proposal', 'negotiation', 'closed_won', 'closed_lost'], status::text))
        when status = 'lead' then 3 + seed % 4
        when status = 'qualified' then 5 + seed % 4
        when status = 'proposal' then 7 + seed % 4
        when status = 'negotiation' then 9 + seed % 5
        when status = 'closed_won' then 10 + seed % 5
        else 5 + seed % 5
      end)::integer as total
    from party
  ),
  entry as (
    select measured.*, n,
      case status
        when 'lead' then 1 + (n - 1) * 2 / total
        when 'qualified' then 1 + (n - 1) * 3 / total
        when 'proposal' then 1 + (n - 1) * 4 / total
        when 'negotiation' then 1 + (n - 1) * 5 / total
        when 'closed_won' then case when n = total then 6 else least(6, 1 + (n - 1) * 8 / total) end
        else case when n = total then 7 else 1 + (n - 1) * 4 / (total - 1) end
      end as beat,
      opened_on + case when total = 1 then 0 else (touched_on - opened_on) * (n - 1) / (total - 1) end as rough_day
    from measured
    cross join lateral generate_series(1, total) as n
  ),
  dated as (
    -- Nobody works at weekends: Saturdays and Sundays fall back to Friday, which keeps the order.
    select entry.*,
      rough_day - greatest(extract(isodow from rough_day)::integer - 5, 0) as day,
      row_number() over (partition by id, beat order by n) as turn,
      count(*) over (partition by id, beat) as turns,
      pg_temp.demo_hash(id::text || n) as draw
    from entry
  ),
  timed as (
    select dated.*,
      day + time '08:00' + make_interval(mins => (n * 25 + draw % 20)::integer) as occurred,
      lead(day) over (partition by id order by n) as next_day
    from dated
  ),
  scene as (
    select demo_scenes.*, row_number() over (partition by segment, beat order by place) - 1 as variant,
      count(*) over (partition by segment, beat) as variants
    from demo_scenes
  ),
  ending as (
    select demo_endings.*, row_number() over (partition by segment, beat order by ending) - 1 as variant,
      count(*) over (partition by segment, beat) as variants
    from demo_endings
  ),
  told as (
    select timed.*,
      -- Nobody meets themselves.
      array[customer_name, contact_name, product_name, btrim(town),
        case when owner_id = pg_temp.demo_id('person karim') then 'Salma' else 'Karim' end,
        case when owner_id = pg_temp.demo_id('person nadia') then 'finance' else 'Nadia' end] as words,
      scene.type, scene.subject, scene.outcome, ending.next_action,
      concat_ws(' ',
        scene.opening,
        case when draw % 5 > 0 then detail.sentences[1 + ((seed + n) % cardinality(detail.sentences))::integer] end,
        case when draw % 3 > 0 or n = total then ending.ending end
      ) as note,
      case
        when ending.next_action is null or is_archived or status = 'closed_lost' then null
        -- Kept appointments of the past.
        when n < total then case when next_day > day and draw % 3 = 0 then next_day + time '07:00' end
        when status = 'closed_won' then case when draw % 3 = 0 then today + 7 + (draw / 3 % 30)::integer + time '09:00' end
        when draw % 100 < 5 then today + time '06:00' + make_interval(mins => (draw / 100 % 600)::integer)
        when draw % 100 < 12 then greatest(today - 1 - (draw / 100 % 6)::integer, day + 1) + time '09:30'
        when draw % 100 < 62 then today + 1 + (draw / 100 % 21)::integer + time '07:30' + make_interval(mins => (draw / 7 % 16 * 30)::integer)
      end as follow_up
    from timed
    join scene on scene.segment = timed.segment and scene.beat = timed.beat
      -- The scenes of a beat keep their order; where there are more than needed, the first of them is drawn.
      and scene.variant = (case when timed.beat >= 6 or timed.turns >= scene.variants then 0
        else (timed.seed / 3 + timed.beat) % (scene.variants - timed.turns + 1) end + timed.turn - 1) % scene.variants
    join ending on ending.segment = timed.segment and ending.beat = timed.beat and ending.variant = (timed.seed / 5 + timed.n) % ending.variants
    join demo_details as detail on detail.segment = timed.segment
      and detail.topic = case when timed.segment = 'timber' then 'timber' when timed.beat <= 3 then timed.trade else 'beat ' || timed.beat end
  )
  select
    pg_temp.demo_id('interaction ' || told.id || told.n), told.org_id, told.id,
    case when told.manager_id is not null and told.draw % 13 = 0 then told.manager_id else told.owner_id end,
    told.type::public.interaction_type,
    case told.type when 'call' then 'phone' when 'email' then 'email' when 'note' then 'other' else 'meeting' end::public.interaction_channel,
    pg_temp.demo_fill(told.subject, told.words), pg_temp.demo_fill(told.note, told.words), told.outcome,
    pg_temp.demo_fill(told.next_action, told.words),
    told.follow_up at time zone 'utc', told.occurred at time zone 'utc', (told.occurred + interval '4 minutes') at time zone 'utc'
  from told;
end
$seed$;
