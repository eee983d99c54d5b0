/* The console without a framework: menus, dialogs, keys, lists, forms. Everything is delegated, nothing is inline. */
(function () {
  "use strict";
  var words = JSON.parse(document.querySelector('meta[name="pp-words"]').content);
  var serverNow = Date.parse(document.querySelector('meta[name="pp-now"]').content);
  var skew = serverNow - Date.now();

  var pp = (window.pp = {
    now: function () { return Date.now() + skew; },
    csrf: function () { return document.querySelector('meta[name="csrf-token"]').content; },
    say: function (key, values) {
      return (words[key] || key).replace(/\{(\w+)\}/g, function (_, name) { return values && name in values ? values[name] : ""; });
    },
    toast: function (options) {
      var shape = document.getElementById("pp-toast-template").content.firstElementChild.cloneNode(true);
      var form = shape.querySelector("form");
      shape.querySelector("[data-text]").textContent = options.text;
      shape.dataset.seconds = options.seconds || 10;
      if (options.tone) shape.classList.add(options.tone);
      if (options.undo) {
        form.action = options.undo;
        Object.entries(options.fields || {}).forEach(function (pair) {
          var input = document.createElement("input");
          input.type = "hidden"; input.name = pair[0]; input.value = pair[1];
          form.append(input);
        });
      } else {
        form.remove();
        shape.querySelector("[data-left]").remove();
      }
      document.getElementById("pp-toasts").append(shape);
    },
  });

  function closest(event, selector) { return event.target instanceof Element ? event.target.closest(selector) : null; }
  function typing(event) { return closest(event, "input, textarea, select, [contenteditable]") !== null; }
  function openDialog(id) {
    var dialog = document.getElementById(id);
    if (dialog && dialog.showModal && !dialog.open) dialog.showModal();
  }

  /* Menus ------------------------------------------------------------------------------------------------ */
  function closeMenus(except) {
    document.querySelectorAll("details.pp-menu[open]").forEach(function (menu) {
      if (!except || except === menu || !menu.contains(except)) menu.open = false;
    });
  }
  function side(open) {
    var bar = document.getElementById("pp-side");
    if (!bar) return;
    bar.classList.toggle("open", open);
    document.querySelector(".pp-side-scrim").hidden = !open;
    if (open) { var first = bar.querySelector("a, summary"); if (first) first.focus(); }
  }

  /* Theme ------------------------------------------------------------------------------------------------ */
  function setTheme(theme) {
    document.documentElement.dataset.theme = theme;
    document.cookie = "pinpu_theme=" + theme + ";path=/;max-age=31536000;samesite=lax";
    document.querySelectorAll("[data-set-theme]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.dataset.setTheme === theme));
    });
    window.ppApplyTheme();
  }

  document.addEventListener("click", function (event) {
    closeMenus(event.target);
    var hit;
    if ((hit = closest(event, "[data-set-theme]"))) { setTheme(hit.dataset.setTheme); closeMenus(); }
    if ((hit = closest(event, "[data-side]"))) { event.preventDefault(); side(true); }
    if (closest(event, ".pp-side-scrim")) { event.preventDefault(); side(false); }
    if (closest(event, "[data-palette]")) openDialog("pp-palette");
    if ((hit = closest(event, "[data-dialog]"))) { closeMenus(); openDialog(hit.dataset.dialog); }
    if ((hit = closest(event, "[data-close]"))) { hit = hit.closest("dialog"); if (hit) hit.close(); }
    if (event.target.nodeName === "DIALOG") event.target.close();
    if ((hit = closest(event, "[data-copy]"))) {
      navigator.clipboard.writeText(hit.dataset.copy).then(function () { pp.toast({ text: pp.say("copied"), seconds: 3 }); });
    }
    if ((hit = closest(event, "tr[data-href]")) && !closest(event, "a, button, input, label, select, summary, .c-check") && !String(getSelection())) {
      location.assign(hit.dataset.href);
    }
  });

  /* Lists: choosing rows, searching, skeletons ------------------------------------------------------------ */
  function boxes(index) { return Array.from(index.querySelectorAll('input[type="checkbox"][name="ids"]')); }
  function tell(index) {
    var all = index.querySelector("[data-all]"), said = index.querySelector("[data-chosen]");
    var rows = boxes(index), chosen = rows.filter(function (box) { return box.checked; });
    if (all) { all.checked = chosen.length > 0 && chosen.length === rows.length; all.indeterminate = chosen.length > 0 && !all.checked; }
    if (said) said.textContent = pp.say("selected", { n: chosen.length });
    if (chosen.length < rows.length) chooseEverything(index, false);
  }
  function chooseEverything(index, on) {
    var box = index.querySelector("[data-everything]");
    if (!box) return;
    box.checked = on;
    var button = index.querySelector("[data-choose-all]");
    button.setAttribute("aria-pressed", String(on));
    button.closest("label").hidden = on;
    if (on) index.querySelector("[data-chosen]").textContent = button.dataset.said;
  }
  function chooseAll(index, on) { boxes(index).forEach(function (box) { box.checked = on; }); tell(index); }

  var lastBox = null;
  document.addEventListener("click", function (event) {
    var index = closest(event, "[data-index]");
    if (!index) return;
    if (closest(event, "[data-choose-all]")) { chooseAll(index, true); chooseEverything(index, true); }
    if (closest(event, "[data-choose-page]")) chooseAll(index, true);
    if (closest(event, "[data-choose-none]")) chooseAll(index, false);
    var box = closest(event, 'input[name="ids"]');
    if (!box) return;
    var list = boxes(index);
    if (event.shiftKey && lastBox && list.includes(lastBox)) {
      var ends = [list.indexOf(lastBox), list.indexOf(box)].sort(function (a, b) { return a - b; });
      list.slice(ends[0], ends[1] + 1).forEach(function (one) { one.checked = box.checked; });
    }
    lastBox = box;
  });
  document.addEventListener("change", function (event) {
    var index = closest(event, "[data-index]");
    if (!index) return;
    if (closest(event, "[data-all]")) chooseAll(index, event.target.checked); else tell(index);
  });
  var waiting = null;
  document.addEventListener("input", function (event) {
    var field = closest(event, "[data-search]");
    if (!field) return;
    clearTimeout(waiting);
    waiting = setTimeout(function () { if (!event.isComposing) field.form.requestSubmit(); }, 300);
  });
  document.addEventListener("compositionend", function (event) {
    var field = closest(event, "[data-search]");
    if (field) { clearTimeout(waiting); waiting = setTimeout(function () { field.form.requestSubmit(); }, 300); }
  });

  /* Keys ------------------------------------------------------------------------------------------------- */
  function moveRow(step) {
    var links = Array.from(document.querySelectorAll("[data-index] tbody a[data-row]"));
    if (!links.length) return;
    var here = links.findIndex(function (link) { return link.closest("tr").contains(document.activeElement); });
    links[Math.max(0, Math.min(links.length - 1, here < 0 ? (step > 0 ? 0 : links.length - 1) : here + step))].focus({ focusVisible: true });
  }
  var keys = {
    "/": function () { var field = document.querySelector("[data-search]"); if (!field) return false; field.focus(); field.select(); },
    j: function () { moveRow(1); },
    k: function () { moveRow(-1); },
    x: function () {
      var row = document.activeElement.closest && document.activeElement.closest("[data-index] tr");
      var box = row && row.querySelector('input[name="ids"]');
      if (!box) return false;
      box.checked = !box.checked; tell(box.closest("[data-index]"));
    },
    z: function () { var undo = document.querySelector("#pp-toasts [data-undo]"); if (!undo) return false; undo.click(); },
    "?": function () { openDialog("pp-keys"); },
  };
  document.addEventListener("keydown", function (event) {
    if (event.isComposing) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); openDialog("pp-palette"); return; }
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      var form = document.querySelector("form.pp-form");
      if (form) { event.preventDefault(); form.requestSubmit(); }
      return;
    }
    if (event.key === "Escape") { closeMenus(); side(false); }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event) || document.querySelector("dialog:modal")) return;
    var act = keys[event.key];
    if (act && act() !== false) event.preventDefault();
  });

  /* Forms: once only, fields that depend on others --------------------------------------------------------- */
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (!form.matches("[data-once]")) return;
    if (form.getAttribute("aria-busy") === "true") { event.preventDefault(); return; }
    form.setAttribute("aria-busy", "true");
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll('form[aria-busy="true"]').forEach(function (form) { form.removeAttribute("aria-busy"); });
  });
  function valueOf(form, name) {
    var controls = Array.from(form.elements).filter(function (one) { return one.name === name; });
    if (!controls.length) return "";
    if (controls[0].type === "checkbox") return String(controls[0].checked);
    if (controls[0].type === "radio") { var on = controls.find(function (one) { return one.checked; }); return on ? on.value : ""; }
    return controls[0].value;
  }
  function showFields(form) {
    form.querySelectorAll("[data-shown-if]").forEach(function (part) {
      var needed = JSON.parse(part.dataset.shownIf);
      part.hidden = !Object.keys(needed).every(function (name) { return needed[name].includes(valueOf(form, name)); });
    });
  }
  document.addEventListener("change", function (event) { if (event.target.form) showFields(event.target.form); });
  function settle(root) {
    (root.querySelectorAll ? root : document).querySelectorAll("form:has([data-shown-if])").forEach(showFields);
    document.querySelectorAll("[data-index]").forEach(tell);
    // On a phone the present view may lie outside of the row of tabs.
    document.querySelectorAll(".pp-views > a[aria-current]").forEach(function (tab) { tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.offsetLeft - 16; });
    document.documentElement.classList.add("js");
  }
  document.addEventListener("DOMContentLoaded", function () {
    settle(document);
    var errors = document.querySelector("[data-errors]");
    if (errors) errors.focus();
  });

  /* htmx ------------------------------------------------------------------------------------------------- */
  document.addEventListener("htmx:configRequest", function (event) {
    var detail = event.detail;
    if (detail.verb !== "get") { detail.headers["X-CSRFToken"] = pp.csrf(); return; }
    Array.from(detail.formData.keys()).forEach(function (name) { if (detail.formData.get(name) === "") detail.formData.delete(name); });
  });
  document.addEventListener("htmx:beforeRequest", function (event) {
    var index = event.detail.target && event.detail.target.matches("[data-index]") ? event.detail.target : null;
    var shape = index && index.querySelector("template[data-skeleton]"), body = index && index.querySelector("tbody");
    if (!shape || !body) return;
    var real = null;
    var later = setTimeout(function () {
      real = Array.from(body.childNodes);
      body.replaceChildren(shape.content.cloneNode(true));
      index.setAttribute("aria-busy", "true");
    }, 180);
    event.detail.xhr.addEventListener("loadend", function () {
      clearTimeout(later);
      if (real && (event.detail.xhr.status < 200 || event.detail.xhr.status >= 400)) { body.replaceChildren.apply(body, real); index.removeAttribute("aria-busy"); }
    });
  });
  document.addEventListener("htmx:afterSwap", function (event) {
    settle(document);
    // What was put into a dialog, or in a dialog's place, wants to be seen.
    var dialog = event.detail.target.closest("dialog");
    if (dialog) openDialog(dialog.id);
  });
  document.addEventListener("htmx:sendError", function () { pp.toast({ text: pp.say("offline"), tone: "bad" }); });
  document.addEventListener("htmx:responseError", function (event) {
    // An answer that brings its own words has said them already.
    if ((event.detail.xhr.getResponseHeader("HX-Trigger") || "").includes("pp-toast")) return;
    pp.toast({ text: pp.say("failed"), tone: "bad" });
  });
  document.addEventListener("pp-toast", function (event) { pp.toast(event.detail); });
})();
