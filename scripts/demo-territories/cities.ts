import type { Position } from './plane.ts';

/** A place with its names and where it lies: longitude, latitude. */
export interface Place {
  name: string;
  nameAr: string;
  at: Position;
}

export interface City extends Place {
  /** Its quarters, where they are known by name; otherwise they are called after the points of the compass. */
  quarters?: readonly Place[];
}

const place = (name: string, nameAr: string, longitude: number, latitude: number): Place => ({
  name,
  nameAr,
  at: [longitude, latitude],
});
const city = (
  name: string,
  nameAr: string,
  longitude: number,
  latitude: number,
  quarters?: Place[],
): City => ({
  ...place(name, nameAr, longitude, latitude),
  ...(quarters && { quarters }),
});

/** Cities of each governorate, the largest first. */
export const cities: Readonly<Record<string, readonly City[]>> = {
  'EG-QH': [
    city('West Cairo', 'غرب القاهرة', 31.24, 30.05, [
      place('Downtown', 'وسط البلد', 31.24, 30.048),
      place('Zamalek', 'الزمالك', 31.222, 30.063),
      place('Bulaq', 'بولاق', 31.232, 30.06),
      place('Sayeda Zeinab', 'السيدة زينب', 31.243, 30.031),
    ]),
    city('North Cairo', 'شمال القاهرة', 31.265, 30.1, [
      place('Shubra', 'شبرا', 31.25, 30.08),
      place('Rod El Farag', 'روض الفرج', 31.238, 30.083),
      place('Zeitoun', 'الزيتون', 31.305, 30.107),
      place('Matareya', 'المطرية', 31.31, 30.128),
    ]),
    city('East Cairo', 'شرق القاهرة', 31.345, 30.085, [
      place('Heliopolis', 'مصر الجديدة', 31.33, 30.09),
      place('Nasr City', 'مدينة نصر', 31.345, 30.055),
      place('Ain Shams', 'عين شمس', 31.338, 30.128),
      place('El Salam City', 'مدينة السلام', 31.41, 30.165),
    ]),
    city('South Cairo', 'جنوب القاهرة', 31.265, 29.975, [
      place('Maadi', 'المعادي', 31.26, 29.96),
      place('Old Cairo', 'مصر القديمة', 31.233, 30.008),
      place('Mokattam', 'المقطم', 31.3, 30.015),
      place('Basatin', 'البساتين', 31.28, 29.985),
    ]),
    city('Helwan', 'حلوان', 31.325, 29.85, [
      place('Helwan Centre', 'وسط حلوان', 31.325, 29.85),
      place('15 May City', 'مدينة 15 مايو', 31.37, 29.84),
      place('Tebbin', 'التبين', 31.3, 29.78),
      place('Maasara', 'المعصرة', 31.285, 29.9),
    ]),
    city('New Cairo', 'القاهرة الجديدة', 31.48, 30.02, [
      place('Fifth Settlement', 'التجمع الخامس', 31.44, 30.008),
      place('First Settlement', 'التجمع الأول', 31.46, 30.055),
      place('Rehab', 'الرحاب', 31.495, 30.062),
      place('Katameya', 'القطامية', 31.4, 29.985),
    ]),
    city('Shorouk and Badr', 'الشروق وبدر', 31.65, 30.13, [
      place('Shorouk', 'الشروق', 31.62, 30.14),
      place('Badr City', 'مدينة بدر', 31.73, 30.14),
      place('Madinaty', 'مدينتي', 31.64, 30.09),
    ]),
  ],
  'EG-JZ': [
    city('Giza', 'الجيزة', 31.19, 30.02, [
      place('Dokki', 'الدقي', 31.211, 30.038),
      place('Mohandessin', 'المهندسين', 31.2, 30.056),
      place('Haram', 'الهرم', 31.15, 29.99),
      place('Faisal', 'فيصل', 31.17, 30.01),
      place('Imbaba', 'إمبابة', 31.207, 30.08),
    ]),
    city('6th of October', 'السادس من أكتوبر', 30.93, 29.95),
    city('Sheikh Zayed', 'الشيخ زايد', 30.98, 30.04),
    city('Badrashin', 'البدرشين', 31.27, 29.85),
    city('Ayyat', 'العياط', 31.26, 29.62),
    city('Bahariya Oasis', 'الواحات البحرية', 28.87, 28.35),
  ],
  'EG-QL': [
    city('Shubra El Kheima', 'شبرا الخيمة', 31.25, 30.125),
    city('Banha', 'بنها', 31.185, 30.466),
    city('Qalyub', 'قليوب', 31.205, 30.185),
    city('Khanka', 'الخانكة', 31.365, 30.21),
    city('Toukh', 'طوخ', 31.2, 30.355),
  ],
  'EG-IK': [
    city('East Alexandria', 'شرق الإسكندرية', 29.97, 31.235, [
      place('Montazah', 'المنتزه', 30.03, 31.275),
      place('Sidi Gaber', 'سيدي جابر', 29.945, 31.222),
      place('Smouha', 'سموحة', 29.955, 31.208),
      place('Roushdy', 'رشدي', 29.958, 31.235),
    ]),
    city('Central Alexandria', 'وسط الإسكندرية', 29.9, 31.195, [
      place('Raml Station', 'محطة الرمل', 29.9, 31.2),
      place('Moharram Bek', 'محرم بك', 29.912, 31.187),
      place('Anfushi', 'الأنفوشي', 29.882, 31.208),
    ]),
    city('West Alexandria', 'غرب الإسكندرية', 29.83, 31.14),
    city('Amreya', 'العامرية', 29.8, 31.01),
    city('Borg El Arab', 'برج العرب', 29.63, 30.87),
  ],
  'EG-BH': [
    city('Damanhur', 'دمنهور', 30.468, 31.034),
    city('Kafr El Dawwar', 'كفر الدوار', 30.129, 31.134),
    city('Rashid', 'رشيد', 30.417, 31.404),
    city('Edku', 'إدكو', 30.298, 31.307),
    city('Wadi El Natrun', 'وادي النطرون', 30.34, 30.38),
  ],
  'EG-MT': [
    city('Marsa Matrouh', 'مرسى مطروح', 27.237, 31.353),
    city('El Alamein', 'العلمين', 28.95, 30.83),
    city('Sidi Barrani', 'سيدي براني', 25.93, 31.61),
    city('Siwa', 'سيوة', 25.52, 29.2),
  ],
  'EG-DQ': [
    city('Mansoura', 'المنصورة', 31.378, 31.041),
    city('Mit Ghamr', 'ميت غمر', 31.258, 30.717),
    city('Belqas', 'بلقاس', 31.358, 31.214),
    city('Manzala', 'المنزلة', 31.936, 31.157),
    city('Sinbillawin', 'السنبلاوين', 31.46, 30.888),
  ],
  'EG-DT': [
    city('Damietta', 'دمياط', 31.814, 31.417),
    city('New Damietta', 'دمياط الجديدة', 31.67, 31.44),
    city('Faraskur', 'فارسكور', 31.715, 31.33),
  ],
  'EG-GH': [
    city('Tanta', 'طنطا', 31.0, 30.787),
    city('El Mahalla El Kubra', 'المحلة الكبرى', 31.166, 30.97),
    city('Kafr El Zayat', 'كفر الزيات', 30.815, 30.825),
    city('Zefta', 'زفتى', 31.244, 30.714),
  ],
  'EG-KS': [
    city('Kafr El Sheikh', 'كفر الشيخ', 30.94, 31.111),
    city('Desouk', 'دسوق', 30.647, 31.13),
    city('Baltim', 'بلطيم', 31.085, 31.556),
    city('Sidi Salem', 'سيدي سالم', 30.786, 31.27),
  ],
  'EG-MF': [
    city('Shibin El Kom', 'شبين الكوم', 31.01, 30.554),
    city('Menouf', 'منوف', 30.931, 30.466),
    city('Ashmoun', 'أشمون', 30.976, 30.297),
    city('Quesna', 'قويسنا', 31.15, 30.567),
  ],
  'EG-IS': [
    city('Ismailia', 'الإسماعيلية', 32.272, 30.596),
    city('Fayed', 'فايد', 32.298, 30.326),
    city('Qantara', 'القنطرة', 32.313, 30.855),
    city('Tell El Kebir', 'التل الكبير', 31.93, 30.54),
  ],
  'EG-BS': [
    city('Port Said', 'بورسعيد', 32.295, 31.25),
    city('Port Fouad', 'بورفؤاد', 32.33, 31.24),
    city('El Garabaa', 'الجرابعة', 32.4, 31.08),
  ],
  'EG-SW': [
    city('Suez', 'السويس', 32.53, 29.98),
    city('Ain Sokhna', 'العين السخنة', 32.32, 29.6),
    city('El Ganayen', 'الجناين', 32.55, 30.1),
  ],
  'EG-SQ': [
    city('Zagazig', 'الزقازيق', 31.502, 30.588),
    city('10th of Ramadan', 'العاشر من رمضان', 31.74, 30.296),
    city('Bilbeis', 'بلبيس', 31.562, 30.42),
    city('Faqus', 'فاقوس', 31.797, 30.729),
    city('Abu Kabir', 'أبو كبير', 31.67, 30.725),
  ],
  'EG-SS': [
    city('Arish', 'العريش', 33.803, 31.132),
    city('Bir El Abd', 'بئر العبد', 33.01, 31.02),
    city('Sheikh Zuweid', 'الشيخ زويد', 34.11, 31.216),
    city('Nakhl', 'نخل', 33.75, 29.91),
  ],
  'EG-JS': [
    city('Sharm El Sheikh', 'شرم الشيخ', 34.33, 27.915),
    city('El Tor', 'الطور', 33.622, 28.236),
    city('Dahab', 'دهب', 34.51, 28.5),
    city('Nuweiba', 'نويبع', 34.66, 29.03),
    city('Saint Catherine', 'سانت كاترين', 33.95, 28.56),
  ],
  'EG-BN': [
    city('Beni Suef', 'بني سويف', 31.098, 29.074),
    city('El Wasta', 'الواسطى', 31.206, 29.338),
    city('Biba', 'ببا', 30.98, 28.92),
    city('El Fashn', 'الفشن', 30.9, 28.82),
  ],
  'EG-FY': [
    city('Faiyum', 'الفيوم', 30.842, 29.308),
    city('Ibsheway', 'إبشواي', 30.68, 29.36),
    city('Sinnuris', 'سنورس', 30.866, 29.407),
    city('Tamiya', 'طامية', 30.96, 29.48),
  ],
  'EG-MN': [
    city('Minya', 'المنيا', 30.75, 28.109),
    city('Mallawi', 'ملوي', 30.842, 27.731),
    city('Beni Mazar', 'بني مزار', 30.8, 28.5),
    city('Samalut', 'سمالوط', 30.71, 28.312),
    city('Maghagha', 'مغاغة', 30.84, 28.648),
  ],
  'EG-AT': [
    city('Asyut', 'أسيوط', 31.184, 27.181),
    city('Dairut', 'ديروط', 30.81, 27.557),
    city('Manfalut', 'منفلوط', 30.97, 27.31),
    city('Abu Tig', 'أبو تيج', 31.32, 27.044),
  ],
  'EG-WJ': [
    city('Kharga', 'الخارجة', 30.55, 25.44),
    city('Dakhla', 'الداخلة', 28.98, 25.49),
    city('Farafra', 'الفرافرة', 27.97, 27.06),
  ],
  'EG-SJ': [
    city('Sohag', 'سوهاج', 31.695, 26.557),
    city('Girga', 'جرجا', 31.892, 26.338),
    city('Tahta', 'طهطا', 31.5, 26.77),
    city('Akhmim', 'أخميم', 31.8, 26.6),
  ],
  'EG-QN': [
    city('Qena', 'قنا', 32.727, 26.164),
    city('Nag Hammadi', 'نجع حمادي', 32.24, 26.05),
    city('Qus', 'قوص', 32.763, 25.915),
    city('Dishna', 'دشنا', 32.47, 26.125),
  ],
  'EG-UQ': [city('Luxor', 'الأقصر', 32.64, 25.693), city('Karnak', 'الكرنك', 32.652, 25.715)],
  'EG-AN': [
    city('Aswan', 'أسوان', 32.9, 24.09),
    city('Kom Ombo', 'كوم أمبو', 32.947, 24.476),
    city('Edfu', 'إدفو', 32.874, 24.978),
    city('Abu Simbel', 'أبو سمبل', 31.626, 22.337),
  ],
  'EG-BA': [
    city('Hurghada', 'الغردقة', 33.81, 27.257),
    city('Safaga', 'سفاجا', 33.94, 26.75),
    city('El Quseir', 'القصير', 34.277, 26.104),
    city('Marsa Alam', 'مرسى علم', 34.9, 25.067),
    city('Ras Gharib', 'رأس غارب', 33.08, 28.36),
    city('Shalateen', 'الشلاتين', 35.58, 23.13),
  ],
};

/** The planning regions as the source names them, with the name in Arabic and a short code. */
export const regions: Readonly<Record<string, { code: string; name: string; nameAr: string }>> = {
  'Greater Cairo': { code: 'EG-R-GC', name: 'Greater Cairo', nameAr: 'القاهرة الكبرى' },
  Alexandria: { code: 'EG-R-AX', name: 'Alexandria Region', nameAr: 'إقليم الإسكندرية' },
  Delta: { code: 'EG-R-DE', name: 'Delta', nameAr: 'الدلتا' },
  'Suez Canal': { code: 'EG-R-SC', name: 'Suez Canal', nameAr: 'قناة السويس' },
  'North Upper Egypt': { code: 'EG-R-NU', name: 'North Upper Egypt', nameAr: 'شمال الصعيد' },
  Asyut: { code: 'EG-R-AY', name: 'Asyut Region', nameAr: 'إقليم أسيوط' },
  'South Upper Egypt': { code: 'EG-R-SU', name: 'South Upper Egypt', nameAr: 'جنوب الصعيد' },
};

/** Names that quarters and streets all over the country have; a brick gets one of them. */
export const brickNames: readonly (readonly [name: string, nameAr: string])[] = [
  ['El Gomhoria', 'الجمهورية'],
  ['El Mahatta', 'المحطة'],
  ['El Souq', 'السوق'],
  ['El Salam', 'السلام'],
  ['El Nasr', 'النصر'],
  ['El Horreya', 'الحرية'],
  ['El Geish', 'الجيش'],
  ['El Gamaa', 'الجامعة'],
  ['El Bahr', 'البحر'],
  ['El Zohour', 'الزهور'],
  ['El Nakheel', 'النخيل'],
  ['El Rawda', 'الروضة'],
  ['El Andalus', 'الأندلس'],
  ['El Ferdous', 'الفردوس'],
  ['El Yasmin', 'الياسمين'],
  ['El Fayrouz', 'الفيروز'],
  ['El Safa', 'الصفا'],
  ['El Nour', 'النور'],
  ['El Amal', 'الأمل'],
  ['El Wehda', 'الوحدة'],
  ['El Thawra', 'الثورة'],
  ['El Mostashfa', 'المستشفى'],
  ['El Corniche', 'الكورنيش'],
  ['El Madares', 'المدارس'],
];
