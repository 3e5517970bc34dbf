// Every text that a reader should see and does not: outside the page, cut off, or without room.
() => {
  const width = document.documentElement.clientWidth, found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || element.closest("style, title, desc, .skip, .hidden")) continue;
    if (!element.checkVisibility()) {
      if (!element.closest("details, .only-wide, .only-narrow")) found.push("not shown: " + node.data.slice(0, 60));
      continue;
    }
    if (element.closest("thead") && getComputedStyle(element.closest("thead")).position === "absolute") continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const boxes = [...range.getClientRects()];
    if (boxes.length > 5 && boxes.every((box) => box.width < 26) && node.data.trim().length < 200) {
      found.push("squeezed into a column of letters: " + node.data.trim().slice(0, 60));
    }
    for (const box of boxes) {
      if (box.width && (box.left < -1 || box.right > width + 1)) {
        found.push(`outside (${Math.round(box.left)} to ${Math.round(box.right)} of ${width}): ` + node.data.slice(0, 60));
        break;
      }
    }
  }
  return found;
}
