/* What only core's own pages need: numbers with buttons, chips, pictures in order, a small text editor. */
(function () {
  "use strict";

  /* Numbers with a button on either side ------------------------------------------------------------------ */
  document.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest("[data-step]");
    if (!button) return;
    var input = button.parentElement.querySelector("input");
    var most = Number(input.dataset.most), now = parseInt(input.value, 10) || 0;
    var next = Math.max(0, Math.min(most, now + Number(button.dataset.step)));
    if (String(next) === input.value) return;
    input.value = String(next);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });

  /* The name of a chosen file ------------------------------------------------------------------------------ */
  document.addEventListener("change", function (event) {
    if (!event.target.matches("[data-file]")) return;
    var place = event.target.closest("form").querySelector("[data-file-name]"), file = event.target.files[0];
    if (place && file) place.textContent = file.name;
  });

  /* Values of an option: chips in front of a text field with one value on each line ------------------------ */
  function chips(holder) {
    var area = holder.querySelector("textarea");
    if (!area || holder.querySelector(".pp-chips-box")) return;
    var box = document.createElement("div"), typed = document.createElement("input");
    box.className = "pp-chips-box";
    typed.type = "text";
    typed.maxLength = 120;
    typed.setAttribute("aria-label", holder.querySelector("label").textContent);
    area.hidden = true;
    area.after(box);
    function values() { return area.value.split("\n").map(function (one) { return one.trim(); }).filter(Boolean); }
    function keep(list) {
      area.value = Array.from(new Set(list)).join("\n");
      draw();
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
    function draw() {
      box.replaceChildren();
      values().forEach(function (value, place) {
        var one = document.createElement("span"), drop = document.createElement("button");
        one.className = "one";
        one.append(value);
        drop.type = "button";
        drop.textContent = "×";
        drop.setAttribute("aria-label", value + " ×");
        drop.addEventListener("click", function () {
          keep(values().filter(function (_, index) { return index !== place; }));
          apply(holder);
        });
        one.append(drop);
        box.append(one);
      });
      box.append(typed);
    }
    function add() {
      var found = typed.value.split(/[,，、\n]/).map(function (one) { return one.trim(); }).filter(Boolean);
      typed.value = "";
      if (found.length) keep(values().concat(found));
      return found.length > 0;
    }
    typed.addEventListener("keydown", function (event) {
      if (event.isComposing) return;
      if (event.key === "Enter" || event.key === "," || event.key === "，") { event.preventDefault(); if (add()) typed.focus(); }
      if (event.key === "Backspace" && !typed.value) { keep(values().slice(0, -1)); typed.focus(); }
    });
    typed.addEventListener("blur", function () { add(); setTimeout(function () { if (!box.contains(document.activeElement)) apply(holder); }, 50); });
    typed.addEventListener("input", function (event) { event.stopPropagation(); });
    draw();
  }
  /* Lets the server work out the variants again, once the options differ from what they were made for. */
  function apply(holder) {
    var card = holder.closest("#matrix"), button = card && card.querySelector("[data-apply-options]");
    if (!button) return;
    var differs = Array.from(card.querySelectorAll(".pp-option")).some(function (option) {
      var now = option.querySelector("textarea").value.split("\n").map(function (one) { return one.trim(); }).filter(Boolean);
      return JSON.stringify(now) !== (option.querySelector('input[name$="-was"]').value || "[]");
    });
    if (differs) button.click();
  }

  /* Pictures: drag one to its place ------------------------------------------------------------------------ */
  var dragged = null;
  document.addEventListener("dragstart", function (event) {
    dragged = event.target.closest && event.target.closest("[data-tile]");
    if (dragged) event.dataTransfer.effectAllowed = "move";
  });
  document.addEventListener("dragover", function (event) {
    var over = dragged && event.target.closest && event.target.closest("[data-tile]");
    if (!over) return;
    event.preventDefault();
    document.querySelectorAll("[data-tile].over").forEach(function (one) { one.classList.remove("over"); });
    over.classList.add("over");
  });
  document.addEventListener("drop", function (event) {
    var over = dragged && event.target.closest && event.target.closest("[data-tile]");
    if (!over || over === dragged) return;
    event.preventDefault();
    var button = over.closest("section").querySelector("[data-move-tile]");
    button.value = "move-image:" + dragged.dataset.tile + ":" + over.dataset.tile;
    button.click();
  });
  document.addEventListener("dragend", function () {
    dragged = null;
    document.querySelectorAll("[data-tile].over").forEach(function (one) { one.classList.remove("over"); });
  });

  /* A small editor over a text field that holds HTML; the server cleans whatever comes ---------------------- */
  /* Icon, command, value; the words for each stand in the page, in this order. */
  var TOOLS = [["bold", "bold"], ["italic", "italic"], ["heading", "formatBlock", "h3"], ["pilcrow", "formatBlock", "p"], ["list", "insertUnorderedList"], ["list-numbers", "insertOrderedList"], ["clear-formatting", "removeFormat"]];
  function drawing(name) {
    var known = document.querySelector("svg.ic use"), svg = known.closest("svg").cloneNode(true);
    svg.setAttribute("class", "ic ic-s");
    svg.querySelector("use").setAttribute("href", known.getAttribute("href").replace(/#.*/, "#i-" + name));
    return svg;
  }
  function rich(holder) {
    var area = holder.querySelector("textarea");
    if (!area || holder.querySelector(".pp-rich")) return;
    var bar = document.createElement("div"), paper = document.createElement("div");
    bar.className = "pp-rich-bar";
    paper.className = "pp-rich";
    paper.contentEditable = "true";
    paper.setAttribute("role", "textbox");
    paper.setAttribute("aria-multiline", "true");
    paper.setAttribute("aria-label", holder.querySelector("label").textContent);
    paper.innerHTML = clean(area.value);
    var words = (holder.dataset.rich || "").split("|");
    TOOLS.forEach(function (tool, place) {
      var button = document.createElement("button");
      button.type = "button";
      button.title = words[place] || "";
      button.setAttribute("aria-label", button.title);
      button.append(drawing(tool[0]));
      button.addEventListener("mousedown", function (event) { event.preventDefault(); });
      button.addEventListener("click", function () { paper.focus(); document.execCommand(tool[1], false, tool[2]); keep(); });
      bar.append(button);
    });
    function keep() {
      area.value = paper.textContent.trim() || paper.querySelector("img") ? paper.innerHTML : "";
      /* Fields that keep nodes tell an editor's words from typed ones by the block that they begin with. */
      if ("nodes" in holder.dataset && area.value && !/^\s*<(p|div|h[1-4]|ul|ol|blockquote)[\s>]/i.test(area.value)) area.value = "<p>" + area.value + "</p>";
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
    paper.addEventListener("input", keep);
    paper.addEventListener("paste", function (event) {
      event.preventDefault();
      document.execCommand("insertText", false, event.clipboardData.getData("text/plain"));
    });
    area.hidden = true;
    area.after(bar, paper);
  }
  /* What was typed and refused comes back as it was: it may show, but nothing in it may run or load. */
  function clean(html) {
    var page = new DOMParser().parseFromString(html, "text/html");
    page.querySelectorAll("script, style, iframe, object, embed, link, meta, form, input, svg").forEach(function (one) { one.remove(); });
    page.querySelectorAll("*").forEach(function (one) {
      Array.from(one.attributes).forEach(function (attribute) {
        if (/^on/i.test(attribute.name) || attribute.name === "style" || /^\s*javascript:/i.test(attribute.value)) one.removeAttribute(attribute.name);
      });
    });
    return page.body.innerHTML;
  }

  function dress() {
    document.querySelectorAll("[data-chips]").forEach(chips);
    document.querySelectorAll("[data-rich]").forEach(rich);
  }
  document.addEventListener("DOMContentLoaded", dress);
  document.addEventListener("htmx:afterSwap", dress);
  dress();
})();
