/** A device in the words its owner would use; parts that the browser does not tell are null. */
export interface Device {
  /** "Firefox". */
  browser: string | null;
  /** "Windows", "Android". */
  system: string | null;
  kind: 'computer' | 'phone' | 'tablet' | 'program';
}

/** The first that fits: browsers name the ones they descend from as well. */
const browsers: readonly [RegExp, string][] = [
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\b(?:OPR|Opera|OPiOS)\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bVivaldi\//, 'Vivaldi'],
  [/\bYaBrowser\//, 'Yandex'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:HeadlessChrome|Chrome|CriOS|Chromium)\//, 'Chrome'],
  [/\bVersion\/[\d.]+.*\bSafari\//, 'Safari'],
];

const systems: readonly [RegExp, string, Device['kind']][] = [
  [/\biPad\b/, 'iPadOS', 'tablet'],
  [/\b(?:iPhone|iPod)\b/, 'iOS', 'phone'],
  [/\bAndroid\b(?=.*\bMobile\b)/, 'Android', 'phone'],
  [/\bAndroid\b/, 'Android', 'tablet'],
  [/\bWindows\b/, 'Windows', 'computer'],
  [/\bCrOS\b/, 'ChromeOS', 'computer'],
  [/\bMac OS X\b|\bMacintosh\b/, 'macOS', 'computer'],
  [/\bLinux\b|\bX11\b/, 'Linux', 'computer'],
];

/** Reads the name a browser gives itself. What does not name itself like a browser is a program. */
export function deviceOf(userAgent: string | null): Device {
  const text = userAgent?.slice(0, 1000) ?? '';
  const browser = browsers.find(([pattern]) => pattern.test(text))?.[1] ?? null;
  const system = systems.find(([pattern]) => pattern.test(text));
  if (!text.startsWith('Mozilla/') || (!browser && !system))
    return { browser: null, system: null, kind: 'program' };
  return { browser, system: system?.[1] ?? null, kind: system?.[2] ?? 'computer' };
}
