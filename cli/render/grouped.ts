/** 1,234,567. The language data behind `toLocaleString` takes longer to load than a small package to compare. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',')
}
