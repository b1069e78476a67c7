-- Demo data, part 3: 400 customers of the first organisation and 40 of the second.
-- Names are written by hand; everything else is derived from the name by hashing, so the result is the same on every run.

create or replace function pg_temp.demo_id(name text) returns uuid language sql immutable as
$$ select overlay(overlay(md5('tandem demo ' || name) placing '8' from 13) placing 'a' from 17)::uuid $$;

create or replace function pg_temp.demo_hash(seed text) returns bigint language sql immutable as
$$ select ('x' || substr(md5(seed), 1, 12))::bit(48)::bigint $$;

create or replace function pg_temp.demo_pick(list text[], seed text) returns text language sql immutable as
$$ select list[1 + (pg_temp.demo_hash(seed) % cardinality(list))::integer] $$;

-- A key between 'b00' and 'bzz' in the fractional index: card `place` of `total`, evenly spaced so that new cards fit between.
create or replace function pg_temp.demo_rank(place bigint, total bigint) returns text language sql immutable as
$$
  select 'b' || substr(digits, 1 + (slot / 62)::integer, 1) || substr(digits, 1 + (slot % 62)::integer, 1)
  from (select place * (3844 / (total + 1)) as slot, '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz' as digits) as parts
$$;

create temporary table if not exists demo_parties (
  segment text not null,
  country text not null,
  name text not null,
  kind text not null
);
truncate demo_parties;

-- Companies that buy through the sales team: (country, kind of business, names).
insert into demo_parties (segment, country, kind, name)
select 'b2b', company.country, company.kind, unnest(company.names)
from (values
  ('DE', 'logistics', array['Kessler Kühllogistik GmbH', 'Rheintal Frischdienst GmbH', 'Nordhafen Spedition GmbH', 'Saalfeld Impfstofflogistik GmbH']),
  ('DE', 'wholesale', array['Hollmann Pharmagroßhandel KG', 'Hagedorn Krankenhausbedarf KG', 'Wittenberg Pharma Service GmbH']),
  ('DE', 'medtech', array['Brandtner Medizintechnik GmbH', 'Sandner Präzisionstechnik GmbH', 'Isartal Dental GmbH']),
  ('DE', 'food', array['Lindemann Feinkost AG', 'Weserland Molkerei eG', 'Lippe Tiefkühlkost GmbH', 'Emsland Geflügelhof GmbH']),
  ('DE', 'laboratory', array['Oberkirch Laborbedarf GmbH', 'Falkenried Biotech GmbH', 'Taunus Diagnostik GmbH', 'Neckar Labortechnik GmbH']),
  ('DE', 'chemicals', array['Steinbach & Söhne Chemie KG', 'Mosel Reagenzien GmbH', 'Harzer Quellsalz GmbH']),
  ('DE', 'retail', array['Apotheken am Markt Verbund GmbH', 'Ruhrland Apothekengruppe GmbH']),
  ('DE', 'manufacturing', array['Grünwald Naturarznei GmbH', 'Elbwerk Verpackungen GmbH', 'Bodensee Kräuterwerk GmbH']),
  ('AT', 'logistics', array['Donauwelle Transporte GmbH', 'Steirische Frischkette GmbH']),
  ('AT', 'manufacturing', array['Alpenquell Heilmittel GmbH']),
  ('AT', 'laboratory', array['Wienerfeld Laborservice GmbH']),
  ('AT', 'medtech', array['Tauern Medizinprodukte GmbH']),
  ('AT', 'wholesale', array['Salzach Großhandel GmbH']),
  ('AT', 'food', array['Vorarlberger Bergkäse Kontor']),
  ('AT', 'retail', array['Grazer Apothekenhaus KG']),
  ('CH', 'laboratory', array['Aareblick Diagnostics AG', 'Lémanique Biolab SA']),
  ('CH', 'logistics', array['Limmat Coldstore AG']),
  ('CH', 'wholesale', array['Zürichberg Pharma Handel AG']),
  ('CH', 'chemicals', array['Engadin Feinchemie AG']),
  ('CH', 'medtech', array['Jura Instruments SA']),
  ('CH', 'food', array['Rigi Molkerei AG']),
  ('CH', 'manufacturing', array['Ticino Galenica SA']),
  ('FR', 'food', array['Maison Delacroix Frais SARL', 'Fromagerie des Trois Vallées']),
  ('FR', 'logistics', array['Transfroid Loire SAS', 'Logifresh Artois SAS']),
  ('FR', 'manufacturing', array['Laboratoires Beaumanoir SA', 'Cœur de Provence Herboristerie']),
  ('FR', 'retail', array['Pharmacies du Canal SAS', 'Pharmavie Occitanie SAS']),
  ('FR', 'laboratory', array['Biolyse Rhône SAS', 'Analyses Saint-Clément SELAS']),
  ('FR', 'chemicals', array['Chimie Fine de l''Étang SA', 'Réactifs du Jura SARL']),
  ('FR', 'wholesale', array['Grossiste Santé Garonne SAS', 'Distrimed Normandie SAS']),
  ('FR', 'medtech', array['Médicalis Bretagne SARL', 'Optisoin Lorraine SAS']),
  ('IT', 'food', array['Caseificio Valbruna S.r.l.', 'Frutta e Gelo Romagna S.r.l.']),
  ('IT', 'logistics', array['Logistica Adriafredda S.p.A.', 'Trasporti Montalto S.r.l.']),
  ('IT', 'retail', array['Farmacie Riunite del Po S.r.l.']),
  ('IT', 'manufacturing', array['Officina Galenica Toscana S.r.l.', 'Erboristeria Montefalco S.r.l.']),
  ('IT', 'chemicals', array['Biochimica Vesuvio S.r.l.']),
  ('IT', 'laboratory', array['Laboratori San Teodoro S.r.l.', 'Diagnostica Ligure S.r.l.']),
  ('IT', 'medtech', array['Medicali Brenta S.p.A.', 'Dentale Veneta S.r.l.']),
  ('IT', 'wholesale', array['Ingrosso Salute Lazio S.r.l.', 'Sarda Distribuzione Farmaci S.r.l.']),
  ('ES', 'logistics', array['Frío Levante Logística S.L.', 'Transportes Peña Roja S.A.']),
  ('ES', 'manufacturing', array['Laboratorios Almenar S.A.']),
  ('ES', 'retail', array['Farmacias Costa Clara S.L.']),
  ('ES', 'chemicals', array['Químicas del Ebro S.A.']),
  ('ES', 'food', array['Quesos Sierra Alta S.L.', 'Aceites La Dehesa S.L.']),
  ('ES', 'laboratory', array['Biodiagnóstico Norte S.L.', 'Análisis Clínicos Turia S.L.']),
  ('ES', 'wholesale', array['Suministros Médicos Tajo S.L.', 'Distribuciones Santoña S.A.']),
  ('ES', 'medtech', array['Ortopedia Guadiana S.L.']),
  ('NL', 'logistics', array['Van der Meulen Koeltransport B.V.', 'Noordzee Vriesveem B.V.']),
  ('NL', 'food', array['Zuiderzee Zuivel B.V.']),
  ('NL', 'wholesale', array['Oostpoort Farma B.V.', 'Brouwer & Dekker Farmahandel']),
  ('NL', 'laboratory', array['Waalstroom Laboratoria B.V.', 'Maasbracht Diagnostiek B.V.']),
  ('NL', 'retail', array['De Linde Apotheken B.V.']),
  ('NL', 'chemicals', array['Polder Biochemie B.V.']),
  ('NL', 'medtech', array['Hofstra Medische Techniek B.V.']),
  ('NL', 'manufacturing', array['Veluwe Kruiden B.V.', 'Rijnmond Verpakkingen B.V.']),
  ('PL', 'logistics', array['Chłodnia Wiślana Sp. z o.o.', 'Transmróz Sp. z o.o.']),
  ('PL', 'retail', array['Apteki Pod Lipą Sp. z o.o.']),
  ('PL', 'wholesale', array['Hurtownia Medyczna Odra S.A.', 'Farmakontor Gdynia Sp. z o.o.']),
  ('PL', 'chemicals', array['Zakłady Chemiczne Brzezina S.A.']),
  ('PL', 'laboratory', array['Laboratorium Jantar Sp. z o.o.', 'Biolab Tatry Sp. z o.o.']),
  ('PL', 'food', array['Mleczarnia Mazurska Sp.j.', 'Wędliny Kujawskie Sp.j.']),
  ('PL', 'medtech', array['Medtechnika Śląsk Sp. z o.o.']),
  ('PL', 'manufacturing', array['Zioła Podlasia Sp. z o.o.']),
  ('SE', 'logistics', array['Norrsken Kyltransport AB', 'Kiruna Frysfrakt AB']),
  ('SE', 'laboratory', array['Mälardalens Labbteknik AB']),
  ('SE', 'food', array['Björkviks Mejeri AB', 'Skärgårdens Fisk AB']),
  ('SE', 'retail', array['Ljungby Apotekshandel AB']),
  ('SE', 'chemicals', array['Vänern Biokemi AB']),
  ('SE', 'medtech', array['Östersund Medicinteknik AB']),
  ('SE', 'wholesale', array['Göta Läkemedelsgrossist AB']),
  ('SE', 'manufacturing', array['Dalälven Örter AB']),
  ('GR', 'logistics', array['Aegean Cold Stores S.A.']),
  ('GR', 'manufacturing', array['Olympia Pharmakon S.A.']),
  ('GR', 'food', array['Thessaly Dairy Cooperative']),
  ('GR', 'wholesale', array['Piraeus Medical Supplies S.A.']),
  ('GR', 'laboratory', array['Ionia Diagnostics S.A.']),
  ('GR', 'retail', array['Attica Pharmacies Group']),
  ('TR', 'logistics', array['Boğaziçi Soğuk Zincir A.Ş.']),
  ('TR', 'laboratory', array['Ege Laboratuvar Ltd. Şti.']),
  ('TR', 'wholesale', array['Çınar Ecza Deposu A.Ş.']),
  ('TR', 'food', array['Kapadokya Gıda A.Ş.']),
  ('TR', 'chemicals', array['Marmara Kimya Evi A.Ş.']),
  ('TR', 'medtech', array['Toros Medikal Ltd. Şti.']),
  ('TR', 'retail', array['Yıldız Eczaneleri A.Ş.']),
  ('TR', 'manufacturing', array['İzmir Bitkisel İlaç A.Ş.']),
  ('EG', 'logistics', array['Delta Cold Chain Co.', 'Suez Gulf Freight', 'Red Sea Reefer Lines', 'الشركة المصرية لسلاسل التبريد', 'Port Said Bonded Stores']),
  ('EG', 'wholesale', array['Nile Valley Pharma Distribution', 'Al Rowad Medical Supplies', 'Upper Egypt Medical Trading', 'شركة دلتا النيل للتوزيع']),
  ('EG', 'laboratory', array['Misr Al Gadida Laboratories', 'Cairo West Diagnostics', 'معامل الحياة للتحاليل']),
  ('EG', 'food', array['El Fayrouz Foods S.A.E.', 'Alexandria Dairy House', 'Luxor Fresh Export', 'الواحة للصناعات الغذائية', 'Fayoum Poultry Co.']),
  ('EG', 'manufacturing', array['Sinai Herbs & Oils', 'Al Karnak Packaging', 'Ganoub El Wadi Pharma']),
  ('EG', 'retail', array['El Nour Pharmacies Chain', 'مجموعة صيدليات الأمل']),
  ('EG', 'chemicals', array['Tenth of Ramadan Chemicals']),
  ('EG', 'medtech', array['مؤسسة الرواد للمستلزمات الطبية']),
  ('AE', 'logistics', array['Gulf Pearl Logistics LLC', 'Desert Rose Cold Storage LLC']),
  ('AE', 'retail', array['Jumeirah Coast Pharmacies LLC']),
  ('AE', 'wholesale', array['Al Dhafra Medical Trading LLC', 'الخليج للتموين الطبي']),
  ('AE', 'laboratory', array['Khor Laboratories FZ-LLC', 'Hatta Diagnostics LLC']),
  ('AE', 'food', array['Emirates Oasis Foods LLC', 'Liwa Dates & Foods LLC']),
  ('AE', 'chemicals', array['Sharjah Polymers & Chemicals']),
  ('AE', 'medtech', array['Marina Medtech FZE']),
  ('AE', 'manufacturing', array['Ras Al Khor Packaging LLC']),
  ('SA', 'logistics', array['Najd Cold Logistics Co.']),
  ('SA', 'wholesale', array['Hijaz Medical Supply Est.']),
  ('SA', 'laboratory', array['Al Yamamah Labs Co.']),
  ('SA', 'food', array['Red Coast Foods Co.']),
  ('SA', 'manufacturing', array['Asir Pharma Industries']),
  ('SA', 'retail', array['Diriyah Pharmacies Co.']),
  ('SA', 'medtech', array['شركة نجد للأجهزة الطبية']),
  ('SA', 'chemicals', array['Dammam Process Chemicals']),
  ('JO', 'logistics', array['Petra Pharma Logistics']),
  ('JO', 'laboratory', array['Jerash Laboratories']),
  ('JO', 'wholesale', array['Amman Hills Medical Store', 'البتراء للأدوية']),
  ('JO', 'manufacturing', array['Wadi Rum Botanicals']),
  ('JO', 'food', array['Jordan Valley Produce']),
  ('LB', 'wholesale', array['Cedar Coast Pharma SAL']),
  ('LB', 'logistics', array['Bekaa Cold Rooms SARL']),
  ('LB', 'laboratory', array['Byblos Diagnostics SAL']),
  ('LB', 'manufacturing', array['Tyre Natural Soaps SARL']),
  ('GB', 'logistics', array['Pennine Cold Stores Ltd']),
  ('GB', 'laboratory', array['Thistlewood Laboratories Ltd']),
  ('GB', 'wholesale', array['Severnside Pharma Wholesale Ltd']),
  ('GB', 'food', array['Marlowe & Finch Foods Ltd'])
) as company (country, kind, names);

-- Clients of the delivery team: hospital groups, insurers and administrators that exchange data with us.
insert into demo_parties (segment, country, kind, name)
select 'delivery', client.country, client.kind, unnest(client.names)
from (values
  ('DE', 'hospital group', array['Rhein-Main Klinikverbund gGmbH', 'Klinikgruppe Hohenstein gGmbH', 'Pflegewerk Lausitz gGmbH']),
  ('DE', 'insurer', array['Krankenkasse Nordlicht BKK']),
  ('DE', 'pharmacy network', array['Apothekenverbund Süd eG']),
  ('DE', 'laboratory network', array['Laborverbund Westfalen GbR']),
  ('DE', 'clinic group', array['Praxisnetz Oberland eG', 'MVZ Hafenstadt GmbH']),
  ('AT', 'insurer', array['Versicherungsforum Tirol']),
  ('AT', 'hospital group', array['Klinikum Donautal GmbH']),
  ('CH', 'hospital group', array['Spitalverbund Oberaare']),
  ('CH', 'clinic group', array['Centre Médical du Léman SA']),
  ('FR', 'insurer', array['Assurance Santé Mirabeau', 'Mutuelle des Trois Rives']),
  ('FR', 'hospital group', array['Hôpital Privé des Alpilles']),
  ('FR', 'pharmacy network', array['Réseau Pharma Armor']),
  ('FR', 'clinic group', array['Groupe Médical Vauban']),
  ('IT', 'hospital group', array['Casa di Cura San Rocco']),
  ('IT', 'clinic group', array['Gruppo Clinico Lariano', 'Clinica Sant''Aurelio S.r.l.']),
  ('ES', 'clinic group', array['Clínicas del Mediterráneo Grupo']),
  ('ES', 'insurer', array['Aseguradora Salud Duero']),
  ('ES', 'pharmacy network', array['Farmared Galicia S. Coop.']),
  ('NL', 'hospital group', array['Zorggroep Waterland']),
  ('NL', 'clinic group', array['Polikliniek Amstelveste']),
  ('NL', 'pharmacy network', array['Apothekersdienst Brabant B.V.']),
  ('PL', 'hospital group', array['Szpitale Pomorza Grupa']),
  ('PL', 'administrator', array['Zdrowie Plus Administracja']),
  ('SE', 'clinic group', array['Sjukvårdsgruppen Mälaren AB']),
  ('GR', 'clinic group', array['Athena Clinics Group']),
  ('GR', 'pharmacy network', array['Alpha Delta Wholesale Exchange']),
  ('TR', 'hospital group', array['Anatolia Hospitals Group']),
  ('TR', 'insurer', array['Bosphorus Insurance Services A.Ş.']),
  ('GB', 'clinic group', array['Thames Valley Care Group Ltd']),
  ('GB', 'pharmacy network', array['Highfield Pharmacy Services Ltd']),
  ('EG', 'insurer', array['Nile Crescent Health Insurance', 'Alexandria Medical Syndicate Fund', 'Upper Nile Medical Fund']),
  ('EG', 'administrator', array['Delta Care Administrators', 'شركة الضفاف لإدارة المطالبات']),
  ('EG', 'pharmacy network', array['Pharao Pharmacy Network', 'Abu Simbel Pharmacy Network']),
  ('EG', 'hospital group', array['Canal Cities Hospital Group', 'Heliopolis Medical Towers']),
  ('EG', 'clinic group', array['شبكة النيل للرعاية الصحية', 'New Capital Clinics']),
  ('AE', 'administrator', array['MedClaim Administrators LLC', 'Oasis TPA Services LLC', 'Dune Health Administrators']),
  ('AE', 'insurer', array['Gulf Shield Health Insurance']),
  ('AE', 'clinic group', array['Emirates Family Clinics LLC']),
  ('AE', 'hospital group', array['Palm Island Hospitals LLC']),
  ('SA', 'administrator', array['Riyadh Care Administrators']),
  ('SA', 'insurer', array['Hijaz Cooperative Health']),
  ('SA', 'hospital group', array['Najd Hospitals Company']),
  ('SA', 'laboratory network', array['Eastern Province Labs Network']),
  ('JO', 'administrator', array['Levant Health Administrators']),
  ('JO', 'hospital group', array['Aqaba Medical Port']),
  ('JO', 'insurer', array['Amman Mutual Health']),
  ('LB', 'administrator', array['Cedars Claim Services SAL'])
) as client (country, kind, names);

-- Doctors, pharmacies, clinics and hospitals that the field force visits.
insert into demo_parties (segment, country, kind, name)
select 'field', 'EG', 'doctor', 'Dr. ' || unnest(array[
  'Mona Abdel-Rahman', 'Ahmed Soliman', 'Heba Ghanem', 'Tarek El-Masry', 'Dina Shawky', 'Hossam Badr', 'Rania Fathy', 'Sherif Nagy', 'Yasmin Helmy',
  'Khaled Barakat', 'Amira Sabry', 'Mostafa Gaber', 'Nermine Zaki', 'Wael Hamdy', 'Laila Mokhtar', 'Amr Fekry', 'Soha Tawfik', 'Ibrahim Lotfy',
  'Marwa Selim', 'Hany Ramzy', 'Noha El-Sayed', 'Bassem Morcos', 'Eman Hegazy', 'Ashraf Kamel', 'Nagwa Shafik', 'Magdy Boutros', 'Reem Osman',
  'Samir Wahba', 'Ghada Mansour', 'Adel Hanna', 'Doaa Farag', 'Medhat Ismail', 'Hala Rizk', 'Nabil Ghali', 'Sara Abaza', 'Emad Yacoub', 'Mai Tolba',
  'Hisham Refaat', 'Azza Younan', 'Mahmoud Desouky', 'Iman Shaheen', 'Raouf Makram', 'Nesma Attia', 'Fady Iskander', 'Shaimaa Radwan',
  'Galal Sherbini', 'Omnia Fouad', 'Maged Tadros', 'Basma Halim', 'Ayman Kandil', 'Nevine Salib', 'Tamer Ashour', 'Hanan Mahrous', 'Walid Eissa',
  'Injy Sadek', 'Hatem Qassem', 'Radwa Moussa', 'Sameh Aziz', 'Dalia Hamza', 'Essam Nour', 'Perihan Lamie', 'Hazem Diab', 'Abeer Salama',
  'Ramy Beshay', 'Nahla Orabi', 'Osama Taher', 'Lobna Khattab', 'Alaa Zidan', 'Mariam Girgis', 'Yehia Anwar', 'Sally Fahmy', 'Gamal Hefny',
  'Nihal Rostom', 'Karam Sidhom', 'Riham Allam', 'Fathy Shalaby'
]);

insert into demo_parties (segment, country, kind, name)
select 'field', 'EG', 'doctor', 'د. ' || unnest(array[
  'أحمد الشناوي', 'منى الجندي', 'طارق عبد الله', 'هدى المنشاوي', 'كريم البدري', 'سلوى عثمان', 'ياسر الدسوقي', 'نهى الخطيب'
]);

insert into demo_parties (segment, country, kind, name)
select 'field', 'EG', 'pharmacy', unnest(array[
  'El Rahma', 'Dar El Dawaa', 'El Amal', 'Ibn Al-Nafis', 'El Safa', 'El Hekma', 'Ramses Square', 'El Yasmine', 'Abou Ghaly', 'El Horreya',
  'New Maadi', 'El Gomhoria Street', 'Seti', 'El Manar', 'Nefertari', 'El Waha', 'Corniche', 'El Fath', 'Zahraa', 'Isis Avenue', 'El Salam Garden',
  'Canal', 'Thebes', 'El Wafaa', 'Lotus', 'El Mokattam', 'Smouha', 'Al Zohour', 'Roushdy', 'El Qanater', 'Hathor', 'El Negma', 'Shobra Star'
]) || ' Pharmacy';

insert into demo_parties (segment, country, kind, name)
select 'field', 'EG', 'clinic', unnest(array[
  'Maadi Heart Clinic', 'Delta Kidney Centre', 'Zamalek Family Practice', 'Nasr City Diabetes Clinic', 'Heliopolis Chest Clinic',
  'Smouha Skin Centre', 'Tanta Rheumatology Clinic', 'Mansoura Cardiac Care', 'Luxor Family Clinic', 'Asyut Hypertension Clinic',
  'Dokki Children''s Practice', 'Ismailia Polyclinic', 'Port Said Marine Clinic', 'Sidi Gaber Neurology Centre', 'Mohandessin Endocrine Centre',
  'October Gardens Clinic', 'Giza Plateau Polyclinic', 'Banha Internal Medicine', 'Zagazig Heart Centre', 'عيادات النخيل التخصصية',
  'مركز الشروق لأمراض القلب'
]);

insert into demo_parties (segment, country, kind, name)
select 'field', 'EG', 'hospital', unnest(array[
  'El Nada Women''s Hospital', 'Rowad El Teb Hospital', 'Nile Bend Hospital', 'El Fanar Hospital', 'Sphinx Gate Hospital',
  'Lower Delta General Hospital', 'El Wadi Specialised Hospital', 'Bab El Bahr Hospital', 'Al Montazah Cardiac Hospital', 'Karnak Memorial Hospital',
  'Sweet Water Canal Hospital', 'مستشفى الضفة الغربية التخصصي'
]);

-- The second organisation trades timber; none of its names could be mistaken for one of the first.
insert into demo_parties (segment, country, kind, name)
select 'timber', buyer.country, 'timber', unnest(buyer.names)
from (values
  ('EE', array[
    'Saaremaa Sawmill OÜ', 'Hiiumaa Birch OÜ', 'Pärnu Joinery AS', 'Tartu Parquet OÜ', 'Viljandi Timber Yard OÜ', 'Võru Log Homes OÜ',
    'Narva Plywood AS', 'Rakvere Pine Windows OÜ', 'Haapsalu Boatwood OÜ', 'Valga Firewood OÜ', 'Paide Oak Doors OÜ',
    'Kuressaare Cabinetry OÜ', 'Jõgeva Pellets AS', 'Põlva Shingles OÜ', 'Otepää Sauna Timber OÜ'
  ]),
  ('LV', array[
    'Kurzeme Plywood SIA', 'Vidzeme Sawmill SIA', 'Zemgale Oak Flooring SIA', 'Latgale Log Houses SIA', 'Liepāja Shipwood SIA',
    'Ventspils Timber Port SIA', 'Cēsis Joinery SIA', 'Sigulda Staircases SIA', 'Jelgava Veneer AS', 'Rēzekne Pellets SIA',
    'Valmiera Woodcraft SIA', 'Madona Birch Board SIA', 'Talsi Fencing SIA', 'Ogre Pine Panels SIA', 'Daugava Timber Trade SIA'
  ]),
  ('LT', array[
    'Žemaitija Sawmill UAB', 'Klaipėda Wood Terminal UAB', 'Šiauliai Parquet UAB', 'Kaunas Carpentry UAB', 'Panevėžys Pallets UAB',
    'Alytus Glulam UAB', 'Utena Timber Frames UAB', 'Druskininkai Larch UAB', 'Trakai Boathouse Timber UAB', 'Marijampolė Oakworks UAB'
  ])
) as buyer (country, names);

-- Where they are. Telephone numbers use the ranges regulators keep for fiction where there is one (DE, FR, GB, SE) and
-- five or more equal digits elsewhere; '#' stands for a digit taken from the name.
create temporary table if not exists demo_towns (
  country text not null,
  town text not null,
  -- Names that belong here; the others are spread over the towns of their country.
  hint text not null,
  latitude numeric not null,
  longitude numeric not null,
  phone text not null,
  streets text[] not null,
  -- The territory that customers of the field force are seated in, and who visits them.
  territory text,
  visitor text
);
truncate demo_towns;

insert into demo_towns (country, town, hint, latitude, longitude, phone, streets) values
  ('DE', 'Berlin', 'Brandenburg|Lausitz|Wittenberg', 52.5200, 13.4050, '+493023125###', array['Torstraße', 'Lindenallee', 'Am Nordhafen']),
  ('DE', 'Hamburg', 'Elb|Nord|Hafen|Weser|Emsland', 53.5511, 9.9937, '+494066969###', array['Speicherweg', 'Elbchaussee', 'Am Sandtor']),
  ('DE', 'Köln', 'Rhein|Ruhr|Lippe|Mosel|Westfalen', 50.9375, 6.9603, '+492214710###', array['Rheinuferstraße', 'Domblick', 'Industriestraße']),
  ('DE', 'Frankfurt am Main', 'Taunus|Rhein-Main|Saal', 50.1109, 8.6821, '+496990009###', array['Mainzer Gasse', 'Taunusring', 'Hafenbecken']),
  ('DE', 'München', 'Isar|Bodensee|Oberland|Süd|Hohenstein', 48.1351, 11.5820, '+498999998###', array['Isarweg', 'Rosenheimer Ring', 'Gewerbepark Süd']),
  ('AT', 'Wien', 'Wien|Donau|Alpen', 48.2082, 16.3738, '+4315555####', array['Praterzeile', 'Donaulände']),
  ('AT', 'Graz', 'Graz|Steiri', 47.0707, 15.4395, '+4331655555##', array['Murgasse', 'Puntigamer Weg']),
  ('CH', 'Zürich', 'Zürich|Limmat|Rigi|Aare', 47.3769, 8.5417, '+4144555####', array['Limmatweg', 'Seefeldgasse']),
  ('CH', 'Lausanne', 'Léman|Jura', 46.5197, 6.6323, '+4121555####', array['Avenue du Lac', 'Chemin des Vignes']),
  ('FR', 'Paris', 'Canal|Delacroix|Trois', 48.8566, 2.3522, '+331990#####', array['rue des Tanneurs', 'quai de l''Ourcq']),
  ('FR', 'Lyon', 'Rhône|Jura|Saint|Provence|Alpilles', 45.7640, 4.8357, '+3346571####', array['rue de la Soie', 'avenue du Confluent']),
  ('FR', 'Nantes', 'Loire|Bretagne|Armor|Normandie', 47.2184, -1.5536, '+3326191####', array['quai des Forges', 'rue du Port Vert']),
  ('FR', 'Toulouse', 'Garonne|Occitanie', 43.6047, 1.4442, '+3353649####', array['allée des Violettes', 'rue du Canal']),
  ('IT', 'Milano', 'Lari|Ligure|Brenta|Rocco', 45.4642, 9.1900, '+390255555##', array['via dei Navigli', 'via Magenta Nuova']),
  ('IT', 'Bologna', 'Po |Romagna|Tosc|Veneta', 44.4949, 11.3426, '+3905155555##', array['via del Portico', 'via Emilia Levante']),
  ('IT', 'Napoli', 'Vesuvio|Lazio|Sarda', 40.8518, 14.2681, '+3908155555##', array['via Vesuvio', 'corso Marina']),
  ('ES', 'Madrid', 'Tajo|Duero|Sierra|Norte', 40.4168, -3.7038, '+349155555##', array['calle del Olmo', 'paseo de la Dehesa']),
  ('ES', 'Valencia', 'Levante|Turia|Mediterr|Costa', 39.4699, -0.3763, '+349655555##', array['calle del Naranjo', 'avenida del Turia']),
  ('NL', 'Rotterdam', 'Rijnmond|Maas|Noordzee|Koel', 51.9244, 4.4777, '+311055555##', array['Maaskade', 'Vierhavenweg']),
  ('NL', 'Utrecht', 'Veluwe|Polder|Linde', 52.0907, 5.1214, '+313055555##', array['Oudegrachtpad', 'Jaarbeurslaan']),
  ('PL', 'Warszawa', 'Wiśl|Kujaw|Mazur', 52.2297, 21.0122, '+482255555##', array['ul. Lipowa', 'ul. Wiślana']),
  ('PL', 'Gdańsk', 'Gdynia|Pomorz|Jantar', 54.3520, 18.6466, '+485855555##', array['ul. Bursztynowa', 'ul. Stoczniowa']),
  ('SE', 'Stockholm', 'Mälar|Skär|Norr', 59.3293, 18.0686, '+468465004##', array['Hamnvägen', 'Björkgatan']),
  ('SE', 'Göteborg', 'Göta|Vänern', 57.7089, 11.9746, '+463139006##', array['Älvstranden', 'Varvsgatan']),
  ('GR', 'Athens', 'Attica|Piraeus|Athen|Aegean', 37.9838, 23.7275, '+302105555##0', array['Odos Elaias', 'Leoforos Thalassis']),
  ('GR', 'Thessaloniki', 'Thess|Olymp', 40.6401, 22.9444, '+302310555##0', array['Odos Limaniou', 'Odos Dimitras']),
  ('TR', 'İstanbul', 'Boğaz|Bosph|Marmara', 41.0082, 28.9784, '+9021255555##', array['Liman Caddesi', 'Çınar Sokak']),
  ('TR', 'İzmir', 'İzmir|Ege', 38.4237, 27.1428, '+9023255555##', array['Kordon Yolu', 'Zeytin Sokak']),
  ('GB', 'London', 'Thames|Marlowe', 51.5072, -0.1276, '+442079460###', array['Wharf Lane', 'Cooper''s Yard']),
  ('GB', 'Leeds', 'Pennine|Thistle', 53.8008, -1.5491, '+441134960###', array['Canal Street', 'Millbrook Road']),
  ('EG', 'Cairo', 'Cairo|Maadi|Zamalek|Nasr|Heliopolis|Capital|Shobra|Mokattam|Ramses|Misr|Gadida', 30.0444, 31.2357, '+20255555###', array['El Nasr Road', '26th of July Street', 'Salah Salem Road']),
  ('EG', 'Giza', 'Giza|Dokki|Mohandessin|October|Pharao|Sphinx|Manial|Fayoum', 30.0131, 31.2089, '+20233333###', array['Dokki Street', 'Pyramids Road', 'El Mesaha Street']),
  ('EG', 'Alexandria', 'Alexandria|Smouha|Sidi|Roushdy|Montazah|Corniche|Bab El Bahr', 31.2001, 29.9187, '+2035555###', array['Corniche Road', 'Fouad Street', 'Abou Qir Road']),
  ('EG', 'Mansoura', 'Mansoura|Delta|دلتا', 31.0409, 31.3785, '+205055555##', array['El Gomhoria Street', 'Suez Street']),
  ('EG', 'Tanta', 'Tanta|Banha|Zagazig', 30.7865, 31.0004, '+204055555##', array['El Bahr Street', 'El Geish Street']),
  ('EG', 'Ismailia', 'Ismailia|Canal|Suez|Ramadan|Sinai', 30.5965, 32.2715, '+206455555##', array['Canal Street', 'Sultan Hussein Street']),
  ('EG', 'Port Said', 'Port Said|Red Sea|Marine', 31.2653, 32.3019, '+206655555##', array['Palestine Street', 'Mohamed Ali Street']),
  ('EG', 'Asyut', 'Asyut|Upper|Wadi', 27.1809, 31.1837, '+208855555##', array['El Hilaly Street', 'University Road']),
  ('EG', 'Luxor', 'Luxor|Karnak|Thebes|Abu Simbel|Hathor|Seti|Nefertari', 25.6872, 32.6396, '+209555555##', array['Karnak Temple Street', 'Television Street']),
  ('AE', 'Dubai', 'Jumeirah|Marina|Khor|Hatta|Palm|Emirates|Sharjah', 25.2048, 55.2708, '+97145555###', array['Al Quoz Road', 'Umm Suqeim Road']),
  ('AE', 'Abu Dhabi', 'Dhafra|Liwa|Oasis|Dune', 24.4539, 54.3773, '+97125555###', array['Mussafah Road', 'Corniche Tower Road']),
  ('SA', 'Riyadh', 'Riyadh|Najd|Diriyah|Yamamah|نجد|Eastern|Dammam', 24.7136, 46.6753, '+966115555###', array['King Palm Road', 'Olaya Lane']),
  ('SA', 'Jeddah', 'Hijaz|Red|Asir', 21.4858, 39.1925, '+966125555###', array['Harbour Road', 'Palestine Lane']),
  ('JO', 'Amman', '.', 31.9539, 35.9106, '+96265555###', array['Rainbow Lane', 'Airport Road']),
  ('LB', 'Beirut', '.', 33.8938, 35.5018, '+9611555###', array['Rue du Port', 'Cedar Street']),
  ('EE', 'Tallinn', '.', 59.4370, 24.7536, '+3725555###', array['Saeveski tee', 'Sadama tänav']),
  ('LV', 'Rīga', '.', 56.9496, 24.1052, '+3716555####', array['Kokzāģu iela', 'Ostas iela']),
  ('LT', 'Kaunas', '.', 54.8985, 23.9036, '+3703755####', array['Medienos gatvė', 'Uosto gatvė']);

update demo_towns as town
set territory = visited.territory, visitor = visited.visitor
from (values
  ('Cairo', 'EG-QH', 'salma'),
  ('Giza', 'EG-JZ-01', 'salma'),
  ('Alexandria', 'EG-IK', 'youssef'),
  ('Mansoura', 'EG-DQ-01', 'youssef'),
  ('Tanta', 'EG-GH-01', 'youssef'),
  ('Ismailia', 'EG-IS-01', 'salma'),
  ('Port Said', 'EG-BS-01', 'youssef'),
  ('Asyut', 'EG-AT-01', 'karim'),
  ('Luxor', 'EG-UQ', 'karim')
) as visited (town, territory, visitor)
where town.country = 'EG' and town.town = visited.town;

-- The bricks of those territories, with a place inside that is a doctor's to have.
create temporary table if not exists demo_bricks (
  territory text not null,
  brick_id uuid not null,
  area text not null,
  outline polygon not null,
  centre point not null
);
truncate demo_bricks;

insert into demo_bricks
select visited.code, brick.id, area.name, outline.shape, outline.centre
from public.territories as visited
join public.territories as brick on brick.org_id = visited.org_id and brick.level = 'brick' and brick.path <@ visited.path
join public.territories as area on area.id = brick.parent_id
cross join lateral (
  select
    ('(' || string_agg(format('(%s,%s)', corner ->> 0, corner ->> 1), ',') || ')')::polygon as shape,
    point(avg((corner ->> 0)::float), avg((corner ->> 1)::float)) as centre
  from jsonb_array_elements(brick.boundary #> '{coordinates,0}') as corner
) as outline
where visited.org_id = pg_temp.demo_id('Nile & Rhine Trading')
  and visited.code in (select territory from demo_towns where territory is not null)
  and brick.boundary ->> 'type' = 'Polygon'
  and outline.shape @> outline.centre;

-- A word list per kind of party: the client type it is filed under and the tags, sources and extra facts that suit it.
create temporary table if not exists demo_segments (
  segment text primary key,
  org text not null,
  owners text[] not null,
  products text[] not null,
  sources text[] not null,
  tags text[] not null,
  value_from numeric not null,
  value_to numeric not null,
  -- The shape of the funnel: the share of each column in per mille; the rest is closed_lost.
  lead integer not null,
  qualified integer not null,
  proposal integer not null,
  negotiation integer not null,
  closed_won integer not null
);
truncate demo_segments;

insert into demo_segments values
  ('b2b', 'Nile & Rhine Trading',
   array['clara', 'clara', 'clara', 'clara', 'jonas', 'jonas', 'jonas', 'nadia', 'clara', 'jonas'],
   array['PharmaLink Exchange', 'PharmaLink Exchange', 'ColdTrace Logger', 'ColdTrace Gateway'],
   array['Trade fair', 'Website', 'Referral', 'Cold call', 'Partner', 'Website', 'Newsletter'],
   array['cold chain', 'export', 'key account', 'tender', 'renewal', 'multi-site', 'price sensitive'], 3000, 260000, 337, 216, 158, 105, 89),
  ('field', 'Nile & Rhine Trading',
   -- Most are owned by who visits their town.
   array['karim'],
   array['Cardiolan 10 mg', 'Cardiolan 10 mg', 'Cardiolan 10 mg', 'Cardiolan 10 mg', 'Cardiolan 20 mg'],
   array['Field visit', 'Field visit', 'Congress', 'Referral', 'Symposium'],
   array['opinion leader', 'samples', 'morning visits', 'evening visits', 'congress speaker', 'round table'], 800, 28000, 387, 267, 147, 80, 80),
  ('delivery', 'Nile & Rhine Trading',
   array['omar', 'omar', 'omar', 'hanna', 'hanna'],
   array['PharmaLink Exchange'],
   array['Referral', 'Tender', 'Partner', 'Existing customer'],
   array['integration', 'two interfaces', 'public sector', 'data migration', 'key account'], 18000, 420000, 100, 100, 133, 167, 433),
  ('timber', 'Baltic Timber Works',
   array['kadri', 'andris'],
   array['Birch Plywood 18 mm', 'Pine Glulam Beam'],
   array['Website', 'Trade fair', 'Referral'],
   array['sawn timber', 'certified', 'export'], 2000, 90000, 325, 225, 175, 100, 125);

do $seed$
declare
  today constant date := (now() at time zone 'utc')::date;
begin
  if exists (select from public.customers where org_id in (pg_temp.demo_id('Nile & Rhine Trading'), pg_temp.demo_id('Baltic Timber Works'))) then
    return;
  end if;

  insert into public.customers (
    id, org_id, name, email, phone, client_type_id, specialty_id, grade, product_id, status, board_rank, expected_value, currency,
    acquisition_source, owner_id, is_archived, archived_at, phase, contract_start_date, contract_end_date, avatar_color, address,
    latitude, longitude, territory_id, tags, custom_fields, closed_lost_reason, created_at, updated_at, created_by, updated_by
  )
  with placed as (
    select party.*, shape.org, shape.products, shape.sources, shape.tags, shape.value_from, shape.value_to,
      row_number() over (partition by party.segment order by md5(party.name || ' stage')) * 1000.0
        / count(*) over (partition by party.segment) as per_mille,
      shape.lead as to_lead, shape.lead + shape.qualified as to_qualified, shape.lead + shape.qualified + shape.proposal as to_proposal,
      shape.lead + shape.qualified + shape.proposal + shape.negotiation as to_negotiation,
      shape.lead + shape.qualified + shape.proposal + shape.negotiation + shape.closed_won as to_won,
      pg_temp.demo_hash(party.name) as seed,
      pg_temp.demo_id('person ' || pg_temp.demo_pick(shape.owners, party.name || ' owner')) as owner
    from demo_parties as party
    join demo_segments as shape using (segment)
  ),
  staged as (
    select placed.*,
      case
        when per_mille <= to_lead then 'lead'
        when per_mille <= to_qualified then 'qualified'
        when per_mille <= to_proposal then 'proposal'
        when per_mille <= to_negotiation then 'negotiation'
        when per_mille <= to_won then 'closed_won'
        else 'closed_lost'
      end::public.customer_status as status
    from placed
  ),
  dated as (
    select staged.*,
      case status
        when 'lead' then 3 + pg_temp.demo_hash(name || ' age') % 95
        when 'qualified' then 20 + pg_temp.demo_hash(name || ' age') % 130
        when 'proposal' then 35 + pg_temp.demo_hash(name || ' age') % 135
        when 'negotiation' then 55 + pg_temp.demo_hash(name || ' age') % 125
        else 95 + pg_temp.demo_hash(name || ' age') % 86
      end::integer as age,
      case status
        when 'closed_lost' then 4 + pg_temp.demo_hash(name || ' quiet') % 70
        when 'closed_won' then 1 + pg_temp.demo_hash(name || ' quiet') % 40
        when 'lead' then 1 + pg_temp.demo_hash(name || ' quiet') % 21
        else 1 + pg_temp.demo_hash(name || ' quiet') % 14
      end::integer as quiet
    from staged
  ),
  sited as (
    select dated.*, site.town as place, site.phone, site.streets,
      seat.brick_id,
      case when dated.segment = 'field' and seed % 12 > 0 then pg_temp.demo_id('person ' || site.visitor) else dated.owner end as keeper,
      coalesce(seat.position[1], site.latitude + (seed % 401 - 200) / 8000.0) as latitude,
      coalesce(seat.position[0], site.longitude + (seed / 401 % 401 - 200) / 8000.0) as longitude,
      -- Opened before and last touched after the conversations of that day; weekends fall back to Friday.
      opened_day - greatest(extract(isodow from opened_day)::integer - 5, 0) + time '07:00' + make_interval(mins => (seed % 60)::integer) as opened_at,
      touched_day - greatest(extract(isodow from touched_day)::integer - 5, 0) + time '17:00' + make_interval(mins => (seed % 60)::integer) as touched_at,
      opened_day + (touched_day - opened_day) * 5 / 8 as signed_on,
      (array['A', 'A', 'B', 'B', 'B', 'B', 'C', 'C', 'C', 'B'])[1 + seed % 10] as grade
    from dated
    cross join lateral (select today - age as opened_day, today - least(quiet, age - 1) as touched_day) as days
    cross join lateral (
      select town.*
      from demo_towns as town
      where town.country = dated.country
      order by dated.name ~ town.hint desc, md5(dated.name || town.town)
      limit 1
    ) as site
    left join lateral (
      -- In the quarter that is in the name, if there is one; a little off the middle of the brick, but inside.
      select brick.brick_id, case when brick.outline @> scattered.place then scattered.place else brick.centre end as position
      from demo_bricks as brick
      cross join lateral (
        select point(
          brick.centre[0] + (seed % 41 - 20) / 20.0 * width(box(brick.outline)) / 3,
          brick.centre[1] + (seed / 41 % 41 - 20) / 20.0 * height(box(brick.outline)) / 3
        ) as place
      ) as scattered
      where dated.segment = 'field' and brick.territory = site.territory
      order by position(brick.area in dated.name) > 0 desc, md5(dated.name || brick.brick_id)
      limit 1
    ) as seat on true
  ),
  priced as (
    select sited.*,
      -- The mean of three even draws on a logarithmic scale: many middling amounts, a few large ones; grade A counts half as much again.
      exp(ln(value_from) + (ln(value_to) - ln(value_from)) * (
        pg_temp.demo_hash(name || ' v1') % 1000 + pg_temp.demo_hash(name || ' v2') % 1000 + pg_temp.demo_hash(name || ' v3') % 1000
      ) / 3000.0) * case grade when 'A' then 1.5 when 'B' then 1.0 else 0.7 end as raw_value
    from sited
  ),
  ranked as (
    select priced.*,
      row_number() over (partition by org, status order by md5(name || ' rank')) as place_in_column,
      count(*) over (partition by org, status) as column_size,
      -- Names in Arabic script get an address made of trade and town.
      trim(both '-' from regexp_replace(private.normalise(case
        when name ~ '[A-Za-z]' then name
        else kind || ' ' || place || ' ' || seed % 97
      end), '[^a-z0-9]+', '-', 'g')) as slug
    from priced
  )
  select
    pg_temp.demo_id('customer ' || name),
    pg_temp.demo_id(org),
    name,
    case segment
      when 'field' then (array['clinic', 'reception', 'desk'])[1 + seed % 3]
      when 'delivery' then (array['projects', 'it-office', 'integration'])[1 + seed % 3]
      else (array['purchasing', 'info', 'quality', 'office'])[1 + seed % 4]
    end || '@' || slug || '.example',
    replace(replace(replace(replace(replace(
      regexp_replace(phone, '#', ((seed / 7) % 10)::text), '#####', lpad(((seed / 11) % 100000)::text, 5, '0')),
      '####', lpad(((seed / 11) % 10000)::text, 4, '0')), '###', lpad(((seed / 11) % 1000)::text, 3, '0')),
      '##', lpad(((seed / 11) % 100)::text, 2, '0')), '#', ((seed / 11) % 10)::text),
    (select client_type.id from public.client_types as client_type
      where client_type.org_id = pg_temp.demo_id(org) and client_type.name = case
        when segment = 'field' then initcap(kind)
        when segment = 'timber' then 'Company'
        when kind = 'hospital group' then 'Hospital'
        when kind = 'clinic group' then 'Clinic'
        when kind in ('insurer', 'administrator') then 'Insurer'
        when kind in ('laboratory', 'laboratory network') then 'Laboratory'
        when kind in ('retail', 'pharmacy network') then 'Pharmacy'
        else 'Company' end),
    case when segment = 'field' and kind in ('doctor', 'clinic') then (
      select specialty.id from public.specialties as specialty
      where specialty.org_id = pg_temp.demo_id(org)
      order by md5(ranked.name || specialty.name), specialty.name
      limit 1
    ) end,
    grade::public.customer_grade,
    case when seed % 12 > 0 or status in ('proposal', 'negotiation', 'closed_won') then
      pg_temp.demo_id('product ' || case
        -- Data exchange is for those who trade in medicines; the others need their goods watched.
        when segment = 'b2b' and kind not in ('wholesale', 'retail', 'laboratory') then 'ColdTrace Logger'
        -- What is not on sale yet comes up in early talks only. The first of the list is.
        when status not in ('lead', 'qualified') then products[1]
        else pg_temp.demo_pick(products, name || ' product')
      end) end,
    status,
    pg_temp.demo_rank(place_in_column, column_size),
    case when status <> 'lead' or seed % 7 > 0 then case
      when raw_value < 10000 then round(raw_value / 100) * 100
      when raw_value < 60000 then round(raw_value / 500) * 500
      else round(raw_value / 5000) * 5000 end end,
    'EUR',
    pg_temp.demo_pick(sources, name || ' source'),
    case when status = 'lead' and segment = 'b2b' and seed % 9 = 0 then null else keeper end,
    status in ('lead', 'closed_lost') and seed % 16 = 3,
    case when status in ('lead', 'closed_lost') and seed % 16 = 3 then touched_at at time zone 'utc' end,
    case when status = 'closed_won' then (array['Onboarding', 'Rollout', 'Live', 'Live'])[1 + seed % 4] end,
    case when status = 'closed_won' then signed_on end,
    case when status = 'closed_won' then (signed_on + make_interval(years => 1 + (seed % 2)::integer))::date - 1 end,
    private.avatar_color_of(pg_temp.demo_id('customer ' || name)),
    pg_temp.demo_pick(streets, name || ' street') || ' ' || 1 + seed % 140 || ', ' || place,
    round(latitude::numeric, 6),
    round(longitude::numeric, 6),
    brick_id,
    (select coalesce(array_agg(tag order by tag), '{}') from (
      select tag
      from unnest(case
        when segment = 'field' and kind <> 'doctor' then array['high volume', 'training', 'formulary', 'next to a clinic', 'samples']
        else ranked.tags
      end) as tag
      order by md5(ranked.name || tag) limit (seed % 4)::integer) as chosen),
    case
      when kind = 'doctor' then jsonb_build_object('patients_per_week', 20 + seed % 90, 'best_time', (array['before 10:00', 'after 14:00', 'evenings'])[1 + seed % 3])
      when kind = 'hospital' then jsonb_build_object('beds', 60 + 10 * (seed % 60))
      when segment in ('b2b', 'delivery') then jsonb_build_object('industry', kind, 'employees', 10 + (exp((seed % 60) / 10.0))::integer)
      else '{}'::jsonb
    end,
    case when status = 'closed_lost' then (array['Price above their budget', 'Chose a competitor', 'No decision this year',
      'Stayed with their present supplier', 'Project cancelled', 'Missing a certificate they need'])[1 + seed % 6] end,
    opened_at at time zone 'utc',
    touched_at at time zone 'utc',
    keeper,
    keeper
  from ranked;
end
$seed$;
