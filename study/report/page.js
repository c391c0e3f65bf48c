"use strict";
// A click on a column's name sorts its table by the column; a second click turns the order.
document.querySelectorAll("table.sortable").forEach(function (table) {
  table.querySelectorAll("thead th").forEach(function (head, column) {
    var button = head.querySelector("button");
    if (!button) return;
    button.addEventListener("click", function () {
      var body = table.tBodies[0];
      var first = head.dataset.first || "ascending";
      var other = first === "ascending" ? "descending" : "ascending";
      var order = head.getAttribute("aria-sort") === first ? other : first;
      table.querySelectorAll("thead th").forEach(function (each) { each.removeAttribute("aria-sort"); });
      head.setAttribute("aria-sort", order);
      var sign = order === "ascending" ? 1 : -1;
      var value = function (row) { return row.cells[column].dataset.value || ""; };
      Array.from(body.rows).map(function (row, place) { return [row, place]; }).sort(function (a, b) {
        var left = value(a[0]), right = value(b[0]);
        if (left === "" || right === "") return (left === "") - (right === "") || a[1] - b[1];
        var difference = head.classList.contains("n") ? left - right : left.localeCompare(right);
        return sign * difference || a[1] - b[1];
      }).forEach(function (pair) { body.appendChild(pair[0]); });
    });
  });
});
// Of the layers' table the first columns, until all are asked for.
(function () {
  var all = document.getElementById("all-columns"), table = document.getElementById("table-layers");
  var show = function () { table.classList.toggle("few", !all.checked); };
  all.checked = false;
  all.addEventListener("change", show);
  show();
})();

// What a click opens nobody can open on paper; the words stand there whole.
(function () {
  var words = document.getElementById("words"), was = words.open;
  window.addEventListener("beforeprint", function () { was = words.open; words.open = true; });
  window.addEventListener("afterprint", function () { words.open = was; });
})();

// In a frame of its own a link to a place on this page would load another one.
document.querySelectorAll('a[href^="#"]:not([data-layer])').forEach(function (link) {
  link.addEventListener("click", function (event) {
    var goal = document.getElementById(link.getAttribute("href").slice(1));
    if (!goal) return;
    event.preventDefault();
    for (var part = goal; part; part = part.parentElement) { if (part.tagName === "DETAILS") part.open = true; }
    goal.scrollIntoView();
  });
});

// Tables scroll with the arrow keys once they have the focus; a title is said to those who can't point at it.
document.querySelectorAll(".scroll").forEach(function (box) { box.tabIndex = 0; });

// What a mark says under the pointer it says to the arrow keys, too, once its figure has the focus.
document.querySelectorAll("figure > svg").forEach(function (figure) {
  var marks = Array.from(figure.querySelectorAll("title")).map(function (title) { return title.parentNode; })
    .filter(function (mark) { return mark !== figure && !mark.closest("a"); });
  if (!marks.length) return;
  var said = document.createElement("p"), place = -1;
  said.className = "said";
  said.setAttribute("aria-live", "polite");
  figure.after(said);
  figure.tabIndex = 0;
  figure.addEventListener("focus", function () { said.textContent = "Arrow keys go from mark to mark."; });
  figure.addEventListener("blur", function () {
    said.textContent = "";
    if (marks[place]) marks[place].classList.remove("pointed");
  });
  figure.addEventListener("keydown", function (event) {
    var step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    if (marks[place]) marks[place].classList.remove("pointed");
    place = place < 0 && step < 0 ? marks.length - 1 : (place + step + marks.length) % marks.length;
    marks[place].classList.add("pointed");
    said.textContent = marks[place].querySelector("title").textContent;
  });
});
