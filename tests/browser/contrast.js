// Every text whose colour stands out too little from what is behind it.
() => {
  const parse = (text) => (text.match(/[\d.]+/g) || []).map(Number);
  const linear = (c) => ((c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = parse(getComputedStyle(each).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || element.closest("style, title, desc") || !element.checkVisibility()) continue;
    const style = getComputedStyle(element), svg = element.closest("svg");
    const onBar = svg && element.matches(".inside.past");
    const ground = onBar ? parse(getComputedStyle(element.parentElement.querySelector(".fill")).fill) : behind(element);
    const [a, b] = [light(parse(svg ? style.fill : style.color)), light(ground)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) found.add(`${ratio.toFixed(2)} ${element.className.baseVal ?? element.className}: ${node.data.slice(0, 30)}`);
  }
  return [...found];
}
