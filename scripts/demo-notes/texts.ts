/** A piece of text: plain, or between asterisks strong. */
export type Block =
  | { heading: string }
  | { paragraph: string }
  | { bullets: readonly string[] }
  | { steps: readonly string[] }
  | { quote: string };

export interface DemoNote {
  /** As the customer is called in `supabase/seed/30_customers.sql`. */
  customer: string;
  blocks: readonly Block[];
}

/** What people of the demo have written together about some of their customers, in the language they use with them. */
export const notes: readonly DemoNote[] = [
  {
    customer: 'Kessler Kühllogistik GmbH',
    blocks: [
      { heading: 'Delivery' },
      {
        paragraph:
          'Ramp two, *mornings only*. Trucks above twelve tonnes have to announce themselves at the gate the day before.',
      },
      {
        bullets: [
          'Pallets stay below 1.80 m: the sluice to the cold store is no higher.',
          'Loggers go back with the same driver.',
          'The night shift signs, but only the warehouse lead opens claims.',
        ],
      },
      { heading: 'Who decides' },
      {
        steps: [
          'Operations recommends.',
          'Finance checks what it costs over three years.',
          'The managing director signs, usually on a Friday.',
        ],
      },
      {
        quote:
          'If the temperature record has one gap, we cannot sell the load. Everything else is negotiable.',
      },
    ],
  },
  {
    customer: 'Brandtner Medizintechnik GmbH',
    blocks: [
      { heading: 'Before the pilot' },
      {
        bullets: [
          'Sterile store in building C, two rooms, one door alarm.',
          'Their quality manager wants the validation plan *before* the hardware.',
          'No visits in the week of the audit.',
        ],
      },
      {
        paragraph:
          'They compare us with a spreadsheet, not with a competitor: show how long the monthly report takes.',
      },
    ],
  },
  {
    customer: 'Maison Delacroix Frais SARL',
    blocks: [
      { heading: 'How to reach them' },
      {
        paragraph:
          'Market hours begin at three in the morning. *Call between eleven and one*; after that nobody is there.',
      },
      {
        bullets: [
          'Offers in French, contracts in both languages.',
          'Samples to the depot, never to the shop.',
        ],
      },
    ],
  },
  {
    customer: 'Sweet Water Canal Hospital',
    blocks: [
      { heading: 'Committee' },
      {
        paragraph:
          'The drugs committee meets on the *first Tuesday* of a month; papers have to be there a week before.',
      },
      {
        bullets: [
          'The head pharmacist reads every study that is sent. Send two, not ten.',
          'Ward rounds end at eleven, and nobody has time before.',
        ],
      },
    ],
  },
  {
    customer: 'مستشفى الضفة الغربية التخصصي',
    blocks: [
      { heading: 'مواعيد الزيارة' },
      { paragraph: 'تبدأ الزيارات *بعد الحادية عشرة*، ويُطلب التصريح من مكتب العلاقات قبل يوم.' },
      {
        bullets: [
          'تجتمع لجنة الدواء في أول ثلاثاء من كل شهر، وتُقدَّم الأوراق قبلها بأسبوع.',
          'يفضّل رئيس الصيدلية ملخصًا من صفحة واحدة.',
          'لا تُترك عيّنات في الأقسام.',
        ],
      },
      { heading: 'ما اتُّفق عليه' },
      { steps: ['عرض نتائج الدراسة على قسم القلب.', 'تجربة لمدة شهرين.', 'مراجعة مشتركة قبل قرار اللجنة.'] },
    ],
  },
  {
    customer: 'مجموعة صيدليات الأمل',
    blocks: [
      { heading: 'التوريد' },
      { paragraph: 'التسليم إلى المخزن الرئيسي فقط، *صباح السبت والأربعاء*، ومع كل شحنة سجل الحرارة.' },
      {
        bullets: ['الدفع خلال خمسة وأربعين يومًا.', 'مدير المشتريات هو من يوقّع، ونائبه يستلم.'],
      },
      { quote: 'نحتاج إلى موعد ثابت أكثر من حاجتنا إلى خصم.' },
    ],
  },
  {
    customer: 'د. أحمد الشناوي',
    blocks: [
      {
        paragraph:
          'يستقبل المندوبين *مساء الأحد والثلاثاء* بعد آخر مريض. يحب أن يبدأ الحديث بحالة من عيادته.',
      },
      { bullets: ['يقرأ بالإنجليزية ويفضّل النقاش بالعربية.', 'طلب دراسة المقارنة الأخيرة.'] },
    ],
  },
];
