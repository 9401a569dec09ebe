// Making elements. Text only ever goes in as text: keys and messages are other people's words.

export function make(tag, { text, className, ...properties } = {}, children = []) {
  const element = Object.assign(document.createElement(tag), properties);
  if (text !== undefined) element.textContent = text;
  if (className !== undefined) element.className = className;
  element.append(...children);
  return element;
}

/** Only when it differs: an untouched node keeps the reader's selection, and is not read out again. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Fills a <dl> from [name, value, small print?, is alarming?], keeping the elements that are there. */
export function fillTiles(list, tiles) {
  while (list.children.length > tiles.length) list.lastElementChild.remove();
  tiles.forEach(([name, value, small = '', isAlarming = false], index) => {
    const tile = list.children[index] ?? list.appendChild(makeTile());
    tile.classList.toggle('alarming', isAlarming);
    const [term, description] = tile.children;
    setText(term, name);
    setText(description.children[0], value);
    setText(description.children[1], small);
  });
}

function makeTile() {
  return make('div', {}, [make('dt'), make('dd', {}, [make('span'), make('small')])]);
}
