/* Alpine components of the console (CSP build: registered here, only named in templates). */
document.addEventListener("alpine:init", function () {
  "use strict";
  var pp = window.pp, Alpine = window.Alpine;

  /* Ticks towards an instant by the server's clock. */
  Alpine.data("countdown", function () {
    return {
      timer: null,
      init: function () { this.tick(); this.timer = setInterval(this.tick.bind(this), 1000); },
      destroy: function () { clearInterval(this.timer); },
      tick: function () {
        var left = Math.floor((Date.parse(this.$el.dateTime || this.$root.dateTime) - pp.now()) / 1000);
        if (left <= 0) {
          clearInterval(this.timer);
          this.$root.textContent = this.$root.dataset.ended;
          this.$root.dispatchEvent(new CustomEvent("countdown-ended", { bubbles: true }));
          return;
        }
        var days = Math.floor(left / 86400);
        var clock = [Math.floor(left / 3600) % 24, Math.floor(left / 60) % 60, left % 60].map(function (part) { return String(part).padStart(2, "0"); }).join(":");
        this.$root.textContent = days ? pp.say("days", { n: days }) + " " + clock : clock;
      },
    };
  });

  /* Counts down and leaves; stays while a pointer or the focus is on it. */
  Alpine.data("toast", function () {
    return {
      left: 10,
      timer: null,
      held: false,
      init: function () {
        var root = this.$root, self = this;
        this.left = Number(root.dataset.seconds || 10);
        ["mouseenter", "focusin"].forEach(function (name) { root.addEventListener(name, function () { self.held = true; }); });
        ["mouseleave", "focusout"].forEach(function (name) { root.addEventListener(name, function () { self.held = false; }); });
        root.querySelector("[data-dismiss]").addEventListener("click", function () { self.leave(); });
        this.show();
        this.timer = setInterval(function () { if (!self.held) { self.left -= 1; self.show(); if (self.left <= 0) self.leave(); } }, 1000);
      },
      show: function () {
        var place = this.$root.querySelector("[data-left]");
        if (place) place.textContent = pp.say("seconds", { n: Math.max(0, this.left) });
      },
      leave: function () { clearInterval(this.timer); this.$root.remove(); },
      destroy: function () { clearInterval(this.timer); },
    };
  });

  /* Says how many fields differ from what was loaded, and asks before they are lost. */
  Alpine.data("dirty", function () {
    return {
      init: function () {
        var form = this.$root, before = this.snapshot(), self = this;
        var place = document.querySelector('[data-unsaved="' + form.id + '"]');
        var changed = form.querySelector("[data-errors]") ? 1 : 0;
        function count() {
          var now = self.snapshot();
          var names = new Set(Object.keys(before).concat(Object.keys(now)));
          changed = Array.from(names).filter(function (name) { return before[name] !== now[name]; }).length;
          if (place) { place.hidden = !changed; place.lastElementChild.textContent = pp.say("unsaved", { n: changed }); }
        }
        form.addEventListener("input", count);
        form.addEventListener("change", count);
        form.addEventListener("submit", function () { changed = 0; });
        this.guard = function (event) { if (changed) { event.preventDefault(); event.returnValue = pp.say("leave"); } };
        window.addEventListener("beforeunload", this.guard);
      },
      destroy: function () { window.removeEventListener("beforeunload", this.guard); },
      snapshot: function () {
        var held = {};
        new FormData(this.$root).forEach(function (value, name) {
          if (name.charAt(0) === "_") return; // belongs to the page, not to what is saved
          held[name] = (held[name] || "") + "\u0000" + (value instanceof File ? value.name : value);
        });
        return held;
      },
    };
  });

  /* Rows of a nested list: add from the template, drop. */
  Alpine.data("rows", function () {
    return {
      init: function () {
        var root = this.$root, next = Number(root.dataset.next);
        var shape = root.querySelector(":scope > template"), add = root.querySelector(":scope > div > [data-add]");
        add.addEventListener("click", function () {
          var holder = document.createElement("template");
          holder.innerHTML = shape.innerHTML.replaceAll("__row__", String(next++));
          var row = holder.content.firstElementChild;
          shape.before(row);
          var first = row.querySelector("input:not([type=hidden]), select, textarea");
          if (first) first.focus();
          root.dispatchEvent(new Event("change", { bubbles: true }));
        });
        root.addEventListener("click", function (event) {
          var drop = event.target.closest("[data-drop]");
          if (!drop || drop.closest("[data-next]") !== root) return;
          drop.closest(".pp-row").remove();
          add.focus();
          root.dispatchEvent(new Event("change", { bubbles: true }));
        });
      },
    };
  });

  /* Shows a chosen picture before it is sent. */
  Alpine.data("upload", function () {
    return {
      init: function () {
        var root = this.$root;
        root.querySelector("input[type=file]").addEventListener("change", function (event) {
          var file = event.target.files[0];
          if (!file) return;
          var shot = document.createElement("img");
          shot.className = "shot"; shot.alt = ""; shot.dataset.shot = "";
          var reader = new FileReader();
          reader.onload = function () { shot.src = reader.result; root.querySelector("[data-shot]").replaceWith(shot); };
          reader.readAsDataURL(file);
          root.querySelector("[data-name]").textContent = file.name;
        });
      },
    };
  });

  /* Ctrl+K: pages at once, the shop's own things by search. */
  Alpine.data("palette", function () {
    return {
      groups: [],
      at: 0,
      said: "",
      pages: [],
      icons: "",
      search: "",
      asked: null,
      timer: null,
      init: function () {
        var root = this.$root, self = this, store = root.querySelector("[data-icons]");
        this.icons = store.dataset.icons;
        this.search = root.dataset.find;
        this.pages = Array.from(store.querySelectorAll("[data-page]")).map(function (link) {
          return { label: link.textContent, url: link.getAttribute("href"), icon: link.dataset.icon, words: link.dataset.words, sub: "" };
        });
        new MutationObserver(function () { if (root.open) self.opened(); }).observe(root, { attributes: true, attributeFilter: ["open"] });
      },
      opened: function () { this.$refs.input.value = ""; this.look(); this.$refs.input.focus(); },
      close: function () { this.$root.close(); },
      iconUrl: function (item) { return this.icons + "#i-" + (item.icon || "chevron-right"); },
      flat: function () { return this.groups.flatMap(function (group) { return group.items; }); },
      active: function () { return this.flat()[this.at]; },
      activeId: function () { var item = this.active(); return item ? item.id : ""; },
      isActive: function (item) { return String(item.id === this.activeId()); },
      point: function (item) { this.at = this.flat().indexOf(item); },
      show: function (groups, said) {
        var n = 0;
        groups.forEach(function (group) { group.items.forEach(function (item) { item.id = "pp-found-" + n++; }); });
        this.groups = groups.filter(function (group) { return group.items.length; });
        this.said = said;
        this.at = 0;
      },
      look: function () {
        var q = this.$refs.input.value.trim(), low = q.toLowerCase(), self = this;
        var pages = this.pages.filter(function (page) { return !low || page.words.includes(low) || page.label.toLowerCase().includes(low); })
          .map(function (page) { return Object.assign({}, page); });
        var group = { label: pp.say("pages"), items: pages };
        clearTimeout(this.timer);
        if (this.asked) this.asked.abort();
        if (!q || !this.search) { this.show([group], q && !pages.length ? pp.say("nothing", { q: q }) : ""); return; }
        this.show([group], pp.say("searching"));
        this.timer = setTimeout(function () { self.ask(q, group); }, 150);
      },
      ask: function (q, pages) {
        var self = this, asked = (this.asked = new AbortController());
        fetch(this.search + (this.search.includes("?") ? "&" : "?") + "q=" + encodeURIComponent(q), { signal: asked.signal, headers: { Accept: "application/json" } })
          .then(function (answer) { if (!answer.ok) throw new Error(String(answer.status)); return answer.json(); })
          .then(function (found) {
            var groups = found.groups.concat([pages]);
            var any = groups.some(function (group) { return group.items.length; });
            self.show(groups, any ? "" : pp.say("nothing", { q: q }));
          })
          .catch(function (error) { if (error.name !== "AbortError") self.show([pages], pp.say("offline")); });
      },
      key: function (event) {
        if (event.isComposing) return;
        var all = this.flat();
        if (event.key === "ArrowDown" || event.key === "ArrowUp") {
          event.preventDefault();
          if (!all.length) return;
          this.at = (this.at + (event.key === "ArrowDown" ? 1 : all.length - 1)) % all.length;
          var self = this;
          this.$nextTick(function () { var line = document.getElementById(self.activeId()); if (line) line.scrollIntoView({ block: "nearest" }); });
        }
        if (event.key === "Enter" && all[this.at]) { event.preventDefault(); location.assign(all[this.at].url); }
      },
    };
  });
});
