"use strict";
// The explorer: two layers' maps with one selection, what a window looked like, what followed, and its neighbours.
(function () {
  var source = document.getElementById("explorer-data");
  if (!source) return;
  var data = JSON.parse(source.textContent);
  var $ = function (id) { return document.getElementById(id); };
  var NOBODY = 65535, RIM = 12;

  function unpack(text, Kind) {
    var bytes = Uint8Array.from(atob(text), function (c) { return c.charCodeAt(0); });
    return new Kind(bytes.buffer);
  }

  data.labels = unpack(data.labels, Uint8Array);
  data.lines = unpack(data.lines, Int16Array);
  if (data.price) data.price.own = unpack(data.price.own, Uint8Array);
  data.layers.forEach(function (layer) {
    layer.xy = unpack(layer.xy, Uint16Array);
    layer.near = unpack(layer.near, Uint16Array);
  });
  var n = data.labels.length, points = data.past + data.future;
  var byName = {};
  data.layers.forEach(function (layer) {
    byName[layer.name] = layer;
    (layer.same || []).forEach(function (other) { byName[other] = layer; });
  });

  var colours = $("explorer").dataset.colours.split(",");
  var shades = $("explorer").dataset.shades.split(",");
  var state = { a: data.winner, b: data.raw, window: -1, hover: -1, side: "a", chosen: null, byTime: false };

  function ink(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }

  function colour(i) {
    if (state.byTime) return shades[Math.min(shades.length - 1, Math.floor(i * shades.length / n))];
    return colours[data.labels[i] % colours.length];
  }

  // A canvas as sharp as the screen; returns what draws on it and its size in CSS pixels.
  function ready(canvas) {
    var box = canvas.getBoundingClientRect(), ratio = window.devicePixelRatio || 1;
    var wide = Math.max(1, Math.round(box.width)), tall = Math.max(1, Math.round(box.height));
    if (canvas.width !== wide * ratio || canvas.height !== tall * ratio) {
      canvas.width = wide * ratio; canvas.height = tall * ratio;
    }
    var pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, wide, tall);
    return { pen: pen, wide: wide, tall: tall };
  }

  function place(layer, i, wide, tall) {
    return [RIM + layer.xy[2 * i] / 65535 * (wide - 2 * RIM), tall - RIM - layer.xy[2 * i + 1] / 65535 * (tall - 2 * RIM)];
  }

  function neighbours(layer, i) {
    var found = [];
    for (var k = 0; k < data.neighbours; k++) {
      var j = layer.near[i * data.neighbours + k];
      if (j !== NOBODY) found.push(j);
    }
    return found;
  }

  function drawMap(side) {
    var layer = byName[state[side]], at = ready($("map-" + side)), pen = at.pen;
    var near = state.window >= 0 ? neighbours(layer, state.window) : [];
    var radius = n > 300 ? 2.8 : 4;
    pen.strokeStyle = ink("--level"); pen.lineWidth = 0.7;
    for (var i = 0; i < n; i++) {
      var spot = place(layer, i, at.wide, at.tall), faint = state.chosen && !state.chosen[i];
      pen.globalAlpha = faint ? 0.14 : 0.85;
      pen.fillStyle = colour(i);
      pen.beginPath(); pen.arc(spot[0], spot[1], radius, 0, 7); pen.fill();
      // Not every class's colour stands out from the paper by itself.
      if (!faint) pen.stroke();
    }
    pen.globalAlpha = 1;
    near.forEach(function (j) {
      var from = place(layer, state.window, at.wide, at.tall), to = place(layer, j, at.wide, at.tall);
      pen.strokeStyle = ink("--soft"); pen.lineWidth = 1;
      pen.beginPath(); pen.moveTo(from[0], from[1]); pen.lineTo(to[0], to[1]); pen.stroke();
      ring(pen, to, 6, ink("--ink"), 1.5);
    });
    if (state.window >= 0) ring(pen, place(layer, state.window, at.wide, at.tall), 8, ink("--winner"), 3);
    if (state.hover >= 0) ring(pen, place(layer, state.hover, at.wide, at.tall), 7, ink("--ink"), 2);
    if (lasso.side === side && lasso.path.length > 1) {
      pen.strokeStyle = ink("--ink"); pen.setLineDash([5, 4]); pen.lineWidth = 1.5;
      pen.beginPath();
      lasso.path.forEach(function (p, k) { if (k) pen.lineTo(p[0], p[1]); else pen.moveTo(p[0], p[1]); });
      pen.stroke(); pen.setLineDash([]);
    }
  }

  function ring(pen, spot, radius, stroke, width) {
    pen.strokeStyle = stroke; pen.lineWidth = width;
    pen.beginPath(); pen.arc(spot[0], spot[1], radius, 0, 7); pen.stroke();
  }

  // A window's line, then what followed it in another colour.
  function drawLine(canvas, i) {
    var at = ready(canvas), pen = at.pen, low = Infinity, high = -Infinity, k, value;
    for (k = 0; k < points; k++) {
      value = data.lines[i * points + k]; low = Math.min(low, value); high = Math.max(high, value);
    }
    var x = function (step) { return 3 + step / Math.max(1, points - 1) * (at.wide - 6); };
    var y = function (v) { return at.tall - 4 - (v - low) / (high - low || 1) * (at.tall - 8); };
    var stretch = function (from, to, stroke, width) {
      pen.strokeStyle = stroke; pen.lineWidth = width; pen.beginPath();
      for (k = from; k < to; k++) {
        value = y(data.lines[i * points + k]);
        if (k > from) pen.lineTo(x(k), value); else pen.moveTo(x(k), value);
      }
      pen.stroke();
    };
    if (data.future) {
      pen.strokeStyle = ink("--line"); pen.lineWidth = 1;
      pen.beginPath(); pen.moveTo(x(data.past - 1), 0); pen.lineTo(x(data.past - 1), at.tall); pen.stroke();
    }
    stretch(0, data.past, ink("--ink"), 1.3);
    if (data.future) stretch(data.past - 1, points, ink("--winner"), 2.4);
  }

  function drawPrice() {
    if (!data.price) return;
    var at = ready($("price-marks")), pen = at.pen, price = data.price, left = 8, bottom = at.tall - 22;
    var from = price.seconds[0], to = price.seconds[price.seconds.length - 1];
    var low = Math.min.apply(null, price.close), high = Math.max.apply(null, price.close);
    var x = function (s) { return left + (s - from) / (to - from || 1) * (at.wide - 2 * left); };
    var y = function (v) { return bottom - (v - low) / (high - low || 1) * (bottom - 10); };
    var marked = [];
    for (var i = 0; i < n; i++) {
      if (price.own[i] && ((state.chosen && state.chosen[i]) || i === state.window)) marked.push(i);
    }
    pen.globalAlpha = marked.length > 60 ? 0.35 : 0.7;
    marked.forEach(function (i) { pen.fillStyle = colour(i); pen.fillRect(x(price.ends[i]) - 1, 8, 2.5, bottom - 4); });
    pen.globalAlpha = 1;
    pen.strokeStyle = ink("--ink"); pen.lineWidth = 1.2; pen.beginPath();
    price.close.forEach(function (v, k) {
      if (k) pen.lineTo(x(price.seconds[k]), y(v)); else pen.moveTo(x(price.seconds[k]), y(v));
    });
    pen.stroke();
    if (state.window >= 0 && price.own[state.window]) {
      neighbours(byName[state.a], state.window).concat([state.window]).forEach(function (i) {
        if (!price.own[i]) return;
        pen.fillStyle = i === state.window ? ink("--winner") : colour(i);
        pen.beginPath(); pen.arc(x(price.ends[i]), bottom + 4, i === state.window ? 6 : 4.5, 0, 7); pen.fill();
      });
    }
    pen.fillStyle = ink("--soft"); pen.font = "11px system-ui, sans-serif";
    pen.fillText(day(from), left, at.tall - 4);
    pen.textAlign = "right"; pen.fillText(day(to), at.wide - left, at.tall - 4); pen.textAlign = "left";
  }

  function day(seconds) { return new Date(seconds * 1000).toISOString().slice(0, 10); }

  function draw() { drawMap("a"); drawMap("b"); drawPrice(); }

  function part(kind, words, holder) {
    var made = document.createElement(kind);
    if (words !== undefined) made.textContent = words;
    if (holder) holder.appendChild(made);
    return made;
  }

  function percent(share) { return Math.round(share * 100) + " %"; }
  function signed(value) { return (value < 0 ? "−" : "+") + Math.abs(value).toFixed(3); }

  // Of candles a class is what follows a window, of other windows what they are.
  function became(name) { return (data.future ? "then " : "") + name; }
  function tell(i) { return data.told[i] + ", " + became(data.classes[data.labels[i]]); }

  function card(i, title, holder) {
    var box = part("div", undefined, holder);
    box.className = "card";
    part("div", title, box).className = "card-title";
    var canvas = part("canvas", undefined, box);
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", data.line + " in the window that ends " + tell(i));
    part("div", data.told[i], box);
    var told = part("div", undefined, box), chip = part("span", undefined, told);
    chip.className = "chip"; chip.style.background = colours[data.labels[i] % colours.length];
    part("span", became(data.classes[data.labels[i]]), told);
    drawLine(canvas, i);
  }

  function showHover() {
    var box = $("hovered");
    box.textContent = "";
    if (state.hover < 0) return;
    card(state.hover, "under the pointer", box);
    // Beside the window, wherever the page is scrolled to, and on the screen.
    var map = $("map-" + state.side).getBoundingClientRect(), own = box.getBoundingClientRect();
    var at = place(byName[state[state.side]], state.hover, map.width, map.height);
    var left = map.left + at[0] + 16, top = map.top + at[1] - own.height / 2;
    if (left + own.width > document.documentElement.clientWidth) left = map.left + at[0] - 16 - own.width;
    box.style.left = left + window.scrollX + "px";
    box.style.top = Math.max(4, Math.min(top, window.innerHeight - own.height - 4)) + window.scrollY + "px";
  }

  // What followed the windows most like the clicked one, beside how often it does anyway, in a sentence.
  function inWords(layer, found) {
    var hits = data.classes.map(function (name, c) {
      return [name, found.filter(function (j) { return data.labels[j] === c; }).length, data.base[c]];
    }).sort(function (a, b) { return b[1] - a[1]; });
    var verb = data.future ? "were followed by " : "are ", what = data.future ? " candles" : "";
    return "Of the " + found.length + " windows most like it here" +
      (data.future ? ", " : " the class is ") + hits.map(function (one, place) {
        return "“" + one[0] + "” " + (!data.future ? "in " : place ? "followed " : "candles followed ") + one[1] +
          (place ? " (" : " (of all windows ") + percent(one[2]) + ")";
      }).join(", ") + ".";
  }

  function showNeighbours() {
    var box = $("neighbours"), clicked = $("clicked");
    box.textContent = clicked.textContent = "";
    if (state.window >= 0) card(state.window, "the clicked window", clicked);
    else part("p", "Click a window (or press Enter on it) to see the windows most like it at each of the two layers.", box);
    ["a", "b"].forEach(function (side) {
      var words = $("near-" + side);
      words.textContent = "";
      if (state.window < 0) return;
      var layer = byName[state[side]], found = neighbours(layer, state.window);
      words.textContent = data.told[state.window] + ", " + became("“" + data.classes[data.labels[state.window]] + "”") +
        ". " + inWords(layer, found);
      part("h4", "most like it at " + layer.name, box);
      var cards = part("div", undefined, box);
      cards.className = "cards";
      found.forEach(function (j, k) { card(j, String(k + 1), cards); });
    });
  }

  function showChosen() {
    var box = $("chosen");
    if (!state.chosen) { box.textContent = ""; return; }
    var inside = [], counts = data.classes.map(function () { return 0; });
    state.chosen.forEach(function (is, i) { if (is) { inside.push(i); counts[data.labels[i]]++; } });
    box.textContent = inside.length + " windows chosen: " + data.classes.map(function (name, c) {
      return name + " " + percent(counts[c] / Math.max(1, inside.length)) + " (of all " + percent(data.base[c]) + ")";
    }).join(", ") + ". They are marked on the price chart below.";
  }

  function showLayer(side) {
    var layer = byName[state[side]];
    $("layer-" + side).value = layer.name;
    var about = $("about-" + side);
    about.textContent = "";
    part("p", layer.words + "; " + layer.dim + " numbers a window.", about);
    var said = "";
    if (layer.score !== undefined) {
      said = "select " + data.metric + " " + layer.score.toFixed(3);
      if (layer.low !== undefined) said += " [" + layer.low.toFixed(3) + ", " + layer.high.toFixed(3) + "]";
      if (layer.name === data.winner) said += "; the winner";
      else if (layer.behind) {
        said += "; behind the winner by " + signed(layer.behind[0]) + " [" + signed(layer.behind[1]) + ", " +
          signed(layer.behind[2]) + "]";
      }
      part("p", said + ".", about);
    }
    if (layer.same && layer.same.length) part("p", "The same numbers: " + layer.same.join(", ") + ".", about);
    var components = layer.shares.map(percent).join(" and ");
    $("map-" + side).setAttribute("aria-label", "Map of " + n + " windows at " + layer.name +
      ". Arrow keys move in time, Enter shows the neighbours, Escape clears.");
    part("p", "The map's two directions hold " + components + " of the variance.", about);
    var figures = $("figures-" + side);
    figures.textContent = "";
    if (layer.periods && layer.periods.length > 1) figures.appendChild(periods(layer));
    if (layer.reliability && layer.reliability.length) figures.appendChild(reliability(layer));
  }

  var SVG = "http://www.w3.org/2000/svg";
  function shape(kind, attributes, holder, words) {
    var made = document.createElementNS(SVG, kind);
    Object.keys(attributes).forEach(function (key) { made.setAttribute(key, attributes[key]); });
    if (words !== undefined) made.textContent = words;
    holder.appendChild(made);
    return made;
  }

  function periods(layer) {
    var rows = layer.periods, tall = 22 + rows.length * 18;
    var figure = document.createElement("figure");
    part("figcaption", data.metric + " by period, on select; the dashed line is its score on all of select", figure);
    var svg = shape("svg", { viewBox: "0 0 400 " + tall, role: "img", "class": "small", "aria-label": "score by period" }, figure);
    var values = rows.map(function (row) { return row[1]; }).concat([layer.score]);
    var low = Math.min.apply(null, values), high = Math.max.apply(null, values), room = (high - low) * 0.1 || 0.01;
    var x = function (v) { return 170 + (v - low + room) / (high - low + 2 * room) * 180; };
    shape("line", { x1: x(layer.score), x2: x(layer.score), y1: 4, y2: tall - 8, "class": "leader" }, svg);
    rows.forEach(function (row, k) {
      var y = 16 + k * 18;
      shape("text", { x: 160, y: y + 4, "text-anchor": "end", "class": "tick" }, svg, row[0]);
      shape("circle", { cx: x(row[1]), cy: y, r: 4.5, "class": "full own" }, svg);
      shape("text", { x: 362, y: y + 4, "class": "tick" }, svg, row[1].toFixed(2));
      shape("title", {}, svg.lastChild.previousSibling, row[0] + ": " + row[1] + ", " + row[2] + " windows");
    });
    return figure;
  }

  function reliability(layer) {
    var figure = document.createElement("figure"), size = 190, left = 40, top = 10;
    var goal = data.classes.length === 2 ? "“" + data.classes[1] + "”" : "the likeliest class";
    part("figcaption", "said and came true: " + goal + ", on select, with 95 % intervals", figure);
    var svg = shape("svg", { viewBox: "0 0 400 240", role: "img", "class": "small", "aria-label": "reliability" }, figure);
    var x = function (v) { return left + v * size; }, y = function (v) { return top + (1 - v) * size; };
    shape("rect", { x: left, y: top, width: size, height: size, "class": "frame" }, svg);
    shape("line", { x1: x(0), y1: y(0), x2: x(1), y2: y(1), "class": "leader" }, svg);
    [0, 0.5, 1].forEach(function (tick) {
      shape("text", { x: x(tick), y: top + size + 14, "text-anchor": "middle", "class": "tick" }, svg, String(tick));
      shape("text", { x: left - 5, y: y(tick) + 4, "text-anchor": "end", "class": "tick" }, svg, String(tick));
    });
    shape("text", { x: left + size / 2, y: top + size + 30, "text-anchor": "middle", "class": "tick" }, svg, "probability said");
    layer.reliability.forEach(function (bin) {
      shape("line", { x1: x(bin[0]), x2: x(bin[0]), y1: y(bin[3]), y2: y(bin[4]), "class": "whisker own" }, svg);
      var dot = shape("circle", { cx: x(bin[0]), cy: y(bin[1]), r: 4, "class": "full own" }, svg);
      shape("title", {}, dot, "said " + bin[0] + ", came true " + bin[1] + ", " + bin[2] + " windows");
    });
    return figure;
  }

  // The chosen windows as text: a bit each, in base64 of the kind that addresses take.
  function packed(chosen) {
    var bytes = new Uint8Array(Math.ceil(n / 8));
    chosen.forEach(function (is, i) { if (is) bytes[i >> 3] |= 1 << (i & 7); });
    return btoa(String.fromCharCode.apply(null, bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function unpacked(text) {
    var bytes, chosen = [];
    try { bytes = atob(text.replace(/-/g, "+").replace(/_/g, "/")); } catch (error) { return null; }
    if (bytes.length !== Math.ceil(n / 8)) return null;
    for (var i = 0; i < n; i++) chosen.push(Boolean(bytes.charCodeAt(i >> 3) & (1 << (i & 7))));
    return chosen.some(Boolean) ? chosen : null;
  }

  // The address: #layer=NAME&with=NAME&window=NUMBER&chosen=WINDOWS.
  function write() {
    var parts = ["layer=" + encodeURIComponent(state.a), "with=" + encodeURIComponent(state.b)];
    if (state.window >= 0) parts.push("window=" + state.window);
    if (state.chosen) parts.push("chosen=" + packed(state.chosen));
    try { history.replaceState(null, "", "#" + parts.join("&")); } catch (error) { /* a frame that has no address */ }
  }

  function read(hash) {
    if (hash.indexOf("#layer=") !== 0) return false;
    var found = {};
    hash.slice(1).split("&").forEach(function (pair) {
      var at = pair.indexOf("=");
      try { found[pair.slice(0, at)] = decodeURIComponent(pair.slice(at + 1)); } catch (error) { /* not an address */ }
    });
    if (byName[found.layer]) state.a = byName[found.layer].name;
    if (byName[found["with"]]) state.b = byName[found["with"]].name;
    var number = Number(found.window);
    state.window = found.window !== undefined && number >= 0 && number < n ? Math.floor(number) : -1;
    state.chosen = unpacked(found.chosen || "");
    return true;
  }

  function show() { showLayer("a"); showLayer("b"); showNeighbours(); showChosen(); showHover(); draw(); }
  function changed() { write(); show(); }

  function nearest(side, spot) {
    var layer = byName[state[side]], box = $("map-" + side).getBoundingClientRect(), best = -1, least = 14 * 14;
    for (var i = 0; i < n; i++) {
      var at = place(layer, i, box.width, box.height);
      var far = (at[0] - spot[0]) * (at[0] - spot[0]) + (at[1] - spot[1]) * (at[1] - spot[1]);
      if (far < least) { least = far; best = i; }
    }
    return best;
  }

  function inside(path, spot) {
    var is = false;
    for (var i = 0, j = path.length - 1; i < path.length; j = i++) {
      var a = path[i], b = path[j];
      if ((a[1] > spot[1]) !== (b[1] > spot[1]) &&
          spot[0] < (b[0] - a[0]) * (spot[1] - a[1]) / (b[1] - a[1]) + a[0]) is = !is;
    }
    return is;
  }

  // The layer of that name, else the first whose name or description in words has the text in it.
  function search(text) {
    var low = text.toLowerCase();
    return byName[text] || (low && data.layers.find(function (layer) {
      return (layer.name + " " + layer.words).toLowerCase().indexOf(low) >= 0;
    }));
  }

  var lasso = { side: "", path: [] };
  ["a", "b"].forEach(function (side) {
    var canvas = $("map-" + side);
    var spot = function (event) {
      var box = canvas.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    canvas.addEventListener("pointerdown", function (event) {
      lasso = { side: side, path: [spot(event)] };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", function (event) {
      var at = spot(event);
      if (lasso.side === side) {
        lasso.path.push(at);
        if (state.hover >= 0) { state.hover = -1; showHover(); }
        draw();
        return;
      }
      var found = nearest(side, at);
      if (found !== state.hover || side !== state.side) { state.hover = found; state.side = side; showHover(); draw(); }
    });
    canvas.addEventListener("pointerup", function (event) {
      if (lasso.side !== side) return;
      var path = lasso.path, at = spot(event), start = path[0];
      lasso = { side: "", path: [] };
      var moved = Math.max.apply(null, path.map(function (p) { return Math.hypot(p[0] - start[0], p[1] - start[1]); }));
      if (moved > 10) {
        var layer = byName[state[side]], box = canvas.getBoundingClientRect(), chosen = [], any = false;
        for (var i = 0; i < n; i++) {
          chosen.push(inside(path, place(layer, i, box.width, box.height)));
          any = any || chosen[i];
        }
        state.chosen = any ? chosen : null;
      } else {
        state.window = nearest(side, at);
        if (state.window < 0) state.chosen = null;
      }
      changed();
    });
    canvas.addEventListener("pointerleave", function () {
      if (state.hover >= 0 && !lasso.side) { state.hover = -1; showHover(); draw(); }
    });
    canvas.addEventListener("keydown", function (event) {
      var step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (step) {
        var from = state.hover >= 0 ? state.hover : state.window;
        state.hover = (from + step + n) % n;
        state.side = side;
        showHover(); draw();
      } else if (event.key === "Enter" && state.hover >= 0) { state.window = state.hover; changed(); }
      else if (event.key === "Escape") { state.window = state.hover = -1; state.chosen = null; changed(); }
      else return;
      event.preventDefault();
    });
    $("layer-" + side).addEventListener("change", function (event) {
      var layer = search(event.target.value.trim());
      if (layer) { state[side] = layer.name; changed(); } else showLayer(side);
    });
    $("layer-" + side).addEventListener("focus", function (event) { event.target.select(); });
  });

  document.querySelectorAll("a[data-layer]").forEach(function (link) {
    link.addEventListener("click", function (event) {
      var layer = byName[link.dataset.layer];
      if (!layer) return;
      event.preventDefault();
      state.a = layer.name;
      changed();
      $("explore").scrollIntoView();
    });
  });
  document.querySelectorAll("input[name=colour]").forEach(function (input) {
    input.addEventListener("change", function () { state.byTime = input.value === "by-time"; $("maps").className = input.value; show(); });
  });
  $("clear").addEventListener("click", function () { state.window = state.hover = -1; state.chosen = null; changed(); });
  window.addEventListener("hashchange", function () { if (read(location.hash)) { show(); $("explore").scrollIntoView(); } });
  window.addEventListener("resize", show);
  // On paper all ink is that of the light page.
  ["beforeprint", "afterprint"].forEach(function (name) {
    window.addEventListener(name, function () {
      document.documentElement.classList.toggle("on-paper", name === "beforeprint");
      show();
    });
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
  var asked = read(location.hash);
  show();
  if (asked) $("explore").scrollIntoView();
})();
