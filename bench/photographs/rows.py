"""Rows of everything that lists show, written by a few SQL statements: one of each, or a hundred thousand."""

from sqlalchemy import Engine, text

# Row n of every table has the same id and moment, so that what belongs together needs no look-up; the last is the newest.
_PLACES = """
CREATE TEMP TABLE place AS
SELECT n::int AS n, ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid AS id,
  now() - (:rows - n) * interval '5 minutes' AS at,
  CASE WHEN n % 11 = 7 THEN '茶'
    WHEN n % 7 = 3 THEN '二〇二六年明前特级手工炒制西湖龙井狮峰山核心产区礼盒装配手绘青瓷茶罐与实木茶则套组（送长辈送客户）'
    WHEN n % 7 = 5 THEN 'Donaudampfschifffahrtsgesellschaftskapitänskajütenteeservice hand-painted, twelve cups'
    ELSE '明前龙井 ' || n END AS title,
  CASE WHEN n % 9 = 4 THEN 'Wolfeschlegelsteinhausenbergerdorff, Hubert Blaine' WHEN n % 9 = 6 THEN '古丽米热·阿卜杜热合曼江·买买提'
    ELSE '林知夏 ' || n END AS name,
  CASE WHEN n = 1 THEN 'me@example.com' ELSE 'buyer' || n || '@example.com' END AS email,
  '138' || lpad(n::text, 8, '0') AS phone
FROM generate_series(1, :rows) n
"""
_COPIED = "INSERT INTO {table} ({columns}) SELECT {values} FROM place {more}"
# Table → column → SQL, in the order in which they refer to each other; `shop_id` and `id` go without saying.
_ROWS: tuple[tuple[str, dict[str, str], str], ...] = (
    ("media_asset", {
        "sha256": "md5('asset' || n)", "mime": "'image/png'", "width": "8", "height": "8", "bytes": "70",
        "path": "'none.png'", "file_name": "'photo ' || n || '.png'", "created_at": "at", "from_buyer": "false"}, ""),
    ("customers_customer", {
        "name": "name", "email": "email", "phone": "phone", "language": "'zh-CN'", "created_at": "at",
        "source": "CASE WHEN n % 5 = 1 THEN 'link:code' || n ELSE '' END", "orders_placed": "n % 9 + 1", "orders_paid": "n % 9",
        "spent_minor": "n % 9 * 128000", "first_order_at": "at", "last_order_at": "at",
        "marketing_consent": "n % 2 = 0", "consent_at": "CASE WHEN n % 2 = 0 THEN at END"}, ""),
    ("customers_tag", {"customer_id": "id", "tag": "CASE n % 3 WHEN 0 THEN 'vip' WHEN 1 THEN '老顾客' ELSE '批发' || n % 30 END"}, ""),
    ("customers_address", {
        "customer_id": "id", "name": "name", "phone": "phone", "country": "'CN'", "region": "'浙江省'",
        "city": "'杭州市'", "line1": "'西湖区转塘街道 ' || n || ' 号'", "line2": "''", "postcode": "''", "created_at": "at"}, ""),
    ("customers_import", {
        "file_name": "'顾客名单 ' || n || '.csv'", "path": "''", "state": "'done'", "total": "n * 3", "done": "n * 3",
        "created": "n * 2", "updated": "n - 1", "skipped": "1", "finished_at": "at", "created_at": "at",
        "problems": "'[]'"}, ""),
    ("audiences_segment", {
        "name": "'花得多的老顾客 ' || n", "changed_at": "at", "created_at": "at",
        "rule": """'{"match": "all", "groups": [{"match": "all", "conditions": [["orders", "at_least", "2"]]}]}'"""}, "WHERE n <= 300"),
    ("catalog_product", {
        "handle": "'tea-' || n", "title": "title", "subtitle": "'清香耐泡'", "body_html": "'<p>茶。</p>'", "vendor": "'青山'",
        "kind": "'茶叶'", "tags": """'["新茶"]'""", "facts": "'[]'", "options": "'[]'",
        "status": "CASE WHEN n % 20 = 19 THEN 'draft' WHEN n % 20 = 18 THEN 'archived' ELSE 'active' END",
        "position": "n", "version": "1", "updated_at": "at", "created_at": "at",
        "search_terms": "to_tsvector('simple', '明 前 龙 井 明前 前龙 龙井 ' || n)"}, ""),
    ("catalog_variant", {
        "product_id": "id", "position": "0", "title": "''", "option_values": "'[]'", "sku": "'TEA-' || n", "barcode": "''",
        "price_minor": "12800 + n % 977 * 100", "grams": "50", "archived": "false",
        "compare_at_minor": "CASE WHEN n % 4 = 0 THEN 258000 END"}, ""),
    ("catalog_tally", {
        "id": "id", "sold": "n % 400", "stars_1": "0", "stars_2": "0", "stars_3": "0", "stars_4": "CASE WHEN n = 1 THEN :rows / 4 ELSE 0 END",
        "stars_5": "CASE WHEN n = 1 THEN (:rows + 2) / 4 ELSE 0 END", "pictured": "0", "hidden": "0"}, ""),
    ("catalog_collection", {
        "handle": "'shelf-' || n", "title": "title", "body": "''", "position": "n", "visible": "true", "created_at": "at"}, "WHERE n <= 300"),
    ("catalog_collection_item", {"collection_id": "first.id", "product_id": "place.id", "position": "place.n"},
     "CROSS JOIN (SELECT id FROM place WHERE n = 1) first WHERE place.n <= 2000"),
    ("catalog_import", {
        "file_name": "'新茶 ' || n || '.xlsx'", "path": "''", "state": "CASE n % 4 WHEN 3 THEN 'failed' WHEN 2 THEN 'checked' ELSE 'done' END",
        "total": "n", "done": "n", "created": "n", "updated": "0", "skipped": "n % 5", "problems": "'[]'", "rows": "n",
        "finished_at": "at", "created_at": "at"}, ""),
    ("sources_link", {
        "code": "'code' || n", "kind": "(ARRAY['link', 'qr', 'group', 'campaign'])[n % 4 + 1]", "title": "title", "target": "'/'",
        "campaign": "CASE WHEN n % 4 = 3 THEN '春茶上新' ELSE '' END", "cost_minor": "n % 7 * 12300", "created_at": "at",
        "medium": "''", "place": "''"}, ""),
    ("sources_visit", {"link_id": "id", "day": "at::date", "visits": "n % 3000 + 1"}, ""),
    ("orders_tag", {"name": "'标签 ' || n", "colour": "'blue'"}, "WHERE n <= 40"),
    ("orders_order", {
        "number": "'T' || 10000 + n", "code": "'order' || n", "checkout_id": "id",
        "customer_id": "CASE WHEN n % 2 = 0 THEN '00000000-0000-7000-8000-000000000001' ELSE id END",
        "lifecycle": "CASE WHEN n % 30 = 29 THEN 'cancelled' ELSE 'placed' END",
        "financial": "CASE WHEN n % 30 = 28 THEN 'unpaid' WHEN n % 30 = 27 THEN 'partly_refunded' WHEN n % 30 = 26 THEN 'refunded' ELSE 'paid' END",
        "fulfilment": "CASE WHEN n < :rows - 3000 THEN 'fulfilled' WHEN n % 30 = 25 THEN 'partial' ELSE 'unfulfilled' END",
        "holds_open": "0", "currency": "'CNY'", "items_minor": "128000", "discount_minor": "0", "shipping_minor": "1200",
        "tax_minor": "0", "total_minor": "129200", "captured_minor": "CASE WHEN n % 30 = 28 THEN 0 ELSE 129200 END",
        "refunded_minor": "CASE n % 30 WHEN 27 THEN 1200 WHEN 26 THEN 129200 ELSE 0 END", "refunded_shipping_minor": "0",
        "price_input": "'{}'", "priced": "'{}'",
        "contact": "jsonb_build_object('name', name, 'phone', phone, 'email', email)",
        "address": "jsonb_build_object('name', name, 'phone', phone, 'country', 'CN', 'region', '浙江省', 'city', '杭州市', 'line1', '转塘街道 ' || n || ' 号')",
        "delivery": "jsonb_build_object('kind', CASE WHEN n % 40 = 0 THEN 'pickup' ELSE 'method' END, 'title', '顺丰')",
        "delivery_kind": "CASE WHEN n % 40 = 0 THEN 'pickup' ELSE 'method' END",
        "pickup_code": "CASE WHEN n % 40 = 0 THEN substr(md5('p' || n), 1, 12) END", "marks": "'{}'", "choices": "'{}'",
        "placed_at": "at", "pay_by": "at + interval '15 minutes'", "paid_at": "CASE WHEN n % 30 = 28 THEN NULL ELSE at END",
        "cancelled_at": "CASE WHEN n % 30 = 29 THEN at END", "cancel_reason": "''",
        "source": "CASE WHEN n % 5 = 1 THEN 'link:code' || n ELSE '' END"}, ""),
    ("orders_line", {
        "order_id": "id", "position": "0", "key": "'k'", "product_id": "id", "variant_id": "id", "title": "title",
        "variant_title": "'100 g'", "sku": "'TEA-' || n", "image": "''", "quantity": "1", "unit_list_minor": "128000",
        "net_minor": "128000", "unit_nets": "'[128000]'", "shipped": "CASE WHEN n < :rows - 3000 THEN 1 ELSE 0 END",
        "refunded": "0", "marks": "'{}'"}, ""),
    ("orders_tagged_order", {"order_id": "place.id", "tag_id": "tag.id"},
     "JOIN place tag ON tag.n = place.n % 40 + 1 WHERE place.n % 3 = 0 OR place.n = 1 AND :rows = 1"),
    ("fulfilment_shipment", {
        "order_id": "id", "kind": "'parcel'", "carrier": "'sf'", "tracking_number": "'SF9' || lpad(n::text, 12, '0')",
        "shipped_at": "at", "shipped_by": "''", "created_at": "at"}, "WHERE n < :rows - 3000"),
    ("fulfilment_bulk_run", {
        "kind": "(ARRAY['ship', 'pick_list', 'slips', 'export'])[n % 4 + 1]", "state": "'done'", "selection": "'{}'",
        "options": "'{}'", "file_name": "''", "total": "n", "done": "n", "result_path": "''", "problem": "'{}'",
        "started_by": "'沈青'", "started_at": "at", "finished_at": "at", "created_at": "at"}, ""),
    ("aftersale_case", {
        "order_id": "id", "customer_id": "CASE WHEN n % 2 = 0 THEN '00000000-0000-7000-8000-000000000001' ELSE id END",
        "number": "'A' || n", "code": "'case' || n", "kind": "(ARRAY['return', 'refund', 'exchange', 'cancel'])[n % 4 + 1]",
        "state": "CASE WHEN n < :rows - 500 THEN 'declined' ELSE (ARRAY['open', 'accepted', 'sent', 'received'])[n % 4 + 1] END",
        "reason": """'{"key": "faulty", "label": "Damaged or faulty", "fault": true}'""", "words": "'打开的时候已经有一处破损。'",
        "currency": "'CNY'", "offered_minor": "128000", "shipping_minor": "0", "wanted_minor": "128000", "answer": "''",
        "due_at": "CASE WHEN n >= :rows - 500 THEN now() + interval '20 hours' END", "opened_at": "at", "carrier": "''",
        "tracking_number": "''"}, ""),
    ("aftersale_case_line", {
        "case_id": "id", "order_line_id": "id", "key": "'k'", "quantity": "1", "sold": "1", "taken": "0", "live": "n >= :rows - 500"}, ""),
    ("reviews_review", {
        "order_id": "id", "order_line_id": "id", "customer_id": "id", "buyer_name": "name", "variant_title": "'100 g'",
        "product_id": "CASE WHEN n % 2 = 1 THEN '00000000-0000-7000-8000-000000000001' ELSE id END",
        "stars": "CASE WHEN n % 9 = 0 THEN 2 ELSE 4 + n % 2 END", "pictures": "0", "anonymous": "n % 3 = 0", "follow_up": "''",
        "text": "CASE WHEN n % 4 = 0 THEN '' ELSE '茶汤清亮，回甘很久，第五泡还有味道。罐子密封得好，寄来一片没碎。' END",
        "state": "CASE WHEN n > :rows - 120 AND n > 1 THEN 'waiting' WHEN n % 50 = 1 AND n > 1 THEN 'hidden' ELSE 'shown' END",
        "answer": "CASE WHEN n % 5 = 0 THEN '谢谢您！' ELSE '' END", "answered_at": "CASE WHEN n % 5 = 0 THEN at END",
        "answered_by": "''", "hidden_reason": "CASE WHEN n % 50 = 1 AND n > 1 THEN 'abuse' ELSE '' END", "decided_by": "''",
        "reports": "CASE WHEN n % 97 = 0 THEN 2 ELSE 0 END", "created_at": "at"}, ""),
    ("messages_message", {
        "topic": "(ARRAY['orders.paid', 'fulfilment.shipped', 'orders.cancelled'])[n % 3 + 1]",
        "channel": "(ARRAY['email', 'sms'])[n % 2 + 1]", "recipient": "CASE WHEN n % 2 = 0 THEN email ELSE phone END",
        "subject": "'您的订单 T' || 10000 + n || ' 已付款'", "body": "'您好，我们收到了您的付款，会尽快发货。'", "created_at": "at",
        "customer_id": "id", "language": "'zh-CN'", "state": "(ARRAY['kept', 'sent', 'failed', 'sent', 'sent'])[n % 5 + 1]",
        "reason": "''", "attempts": "1", "sent_at": "at", "tries": "'[]'", "secrets": "'[]'"}, ""),
    ("content_page", {
        "kind": "(ARRAY['page', 'policy'])[n % 2 + 1]", "slug": "'page-' || n", "title": "title", "live_revision": "1",
        "draft_revision": "1", "position": "n", "created_at": "at"}, "WHERE n <= 300"),
    ("content_page_revision", {
        "page_id": "id", "number": "1", "document": """'{"meta": {"title": "关于我们"}, "sections": {}, "order": []}'""",
        "created_at": "at", "kind": "'publish'", "label": "''", "author": "'沈青'"}, "WHERE n <= 300"),
    ("shipping_method", {
        "name": "'顺丰特快 ' || n", "note": "'次日达'", "fee_minor": "1200", "position": "n", "active": "n % 5 > 0",
        "created_at": "at", "kind": "CASE WHEN n % 4 = 3 THEN 'local' ELSE 'parcel' END", "rules": "'{}'", "area": "'{}'"}, "WHERE n <= 40"),
    ("shipping_pickup_point", {
        "name": "'转塘店 ' || n", "address": "'杭州市西湖区转塘街道 ' || n || ' 号'", "hours": "'每天 9:00–18:00'", "phone": "phone",
        "position": "n", "active": "true", "created_at": "at"}, "WHERE n <= 40"),
    ("tenants_audit", {
        "actor_name": "'沈青'", "action": "'plugin.switch'", "subject": "'group_buy'", "before": "'{\"state\": \"off\"}'", "after": "'{\"state\": \"on\"}'",
        "created_at": "at"}, ""),
    ("reservations_pool", {
        "owner": "'group_buy'", "kind": "'seat'", "subject": "id::text", "capacity": "3", "reserved": "0", "threshold": "3",
        "confirmed": "CASE WHEN n % 5 = 0 THEN 3 ELSE 1 + n % 2 END", "window_seconds": "86400",
        "deadline": "CASE WHEN n > :rows - 200 THEN now() + interval '20 hours' ELSE at END", "created_at": "at",
        "closed_as": "CASE WHEN n % 5 = 0 THEN 'filled' WHEN n <= :rows - 200 THEN 'expired' END",
        "closed_at": "CASE WHEN n % 5 = 0 OR n <= :rows - 200 THEN at END"}, ""),
    ("plugin_group_buy.activity", {
        "product_id": "id", "title": "title || ' 三人团'", "size": "3", "window_minutes": "1440", "version": "1",
        "state": "CASE WHEN n > :rows - 300 THEN 'published' ELSE (ARRAY['draft', 'paused', 'closed'])[n % 3 + 1] END",
        "starts_at": "at - interval '1 day'", "ends_at": "at + interval '30 days'", "hard_end_at": "at + interval '31 days'", "created_at": "at"}, ""),
    ("plugin_group_buy.activity_price", {"activity_id": "id", "variant_id": "id", "price_minor": "9900"}, ""),
    ('plugin_group_buy."group"', {
        "code": "'group' || place.n", "activity_id": "newest.id", "activity_version": "1", "variant_id": "newest.id", "size": "3",
        "price_minor": "9900", "terms": "'{}'", "pool_id": "place.id", "leader_id": "place.id", "created_at": "place.at"},
     "CROSS JOIN (SELECT id FROM place ORDER BY n DESC LIMIT 1) newest"),
    ("plugin_group_buy.seat", {"group_id": "id", "order_id": "id", "customer_id": "id", "created_at": "at"}, ""),
    ("promotions_backtest", {
        "plugin": "(ARRAY['coupon', 'group_buy', 'bundle'])[n % 3 + 1]", "since": "at - interval '30 days'", "until": "at", "moment": "at",
        "state": "CASE n % 5 WHEN 3 THEN 'failed' WHEN 4 THEN 'running' ELSE 'finished' END", "done": "n % 5 * 200", "total": "1000",
        "created_at": "at",
        "result": """'{"cost": 128000, "paid": 12800000, "changed": 41, "orders": 1000, "gainers": 38, "under_floor": 3, "judged": 900,
          "dearer": 0, "at_loss": 1, "unpriced": 0, "examples": [{"number": "T10001", "before": 129200, "after": 126200}]}'"""}, ""),
    ("plugin_bundle.bundle", {
        "title": "title", "kind": "(ARRAY['any', 'addon'])[n % 2 + 1]", "pieces": "CASE WHEN n % 2 = 0 THEN 3 ELSE 1 END",
        "state": "CASE WHEN n > :rows - 60 OR n = 1 THEN 'published' ELSE (ARRAY['draft', 'closed'])[n % 2 + 1] END", "price_minor": "9900",
        "product_ids": "jsonb_build_array(id::text)",
        "addon_ids": "CASE WHEN n % 2 = 1 THEN '[\"00000000-0000-7000-8000-000000000001\"]'::jsonb ELSE '[]' END", "version": "1",
        "starts_at": "at - interval '1 day'", "ends_at": "CASE WHEN n % 3 > 0 AND n > 1 THEN at + interval '30 days' END", "created_at": "at"}, ""),
    ("plugin_coupon.campaign", {
        "name": "title", "template_id": "id", "version": "1", "created_at": "at", "paused_by": "''", "trigger": "''", "audience": "''",
        "state": "CASE WHEN n > :rows - 60 OR n = 1 THEN 'published' ELSE (ARRAY['draft', 'paused', 'closed'])[n % 3 + 1] END",
        "way": "CASE WHEN n % 4 = 3 THEN 'code' ELSE 'centre' END", "claim_to": "CASE WHEN n % 3 > 0 AND n > 1 THEN at + interval '30 days' END",
        "total": "CASE WHEN n % 2 = 0 THEN 200000 END", "issued": "CASE WHEN n = 1 THEN :rows ELSE n % 900 END", "random_given": "0",
        "holdout_points": "0", "fission_hours": "24"}, ""),
    ("plugin_coupon.template", {
        "campaign_id": "id", "version": "1", "created_at": "at",
        "terms": """jsonb_build_object('title', title, 'kind', (ARRAY['amount', 'percent', 'shipping'])[n % 3 + 1], 'value', 3000, 'points', 1000,
          'threshold', 20000, 'basis', 'eligible', 'tiers', '[]'::jsonb, 'scope', '{}'::jsonb, 'starts_at', NULL, 'ends_at', NULL, 'hours', 720)"""}, ""),
    ("reservations_pool", {
        "id": "md5('coupon' || place.n)::uuid", "owner": "'coupon'", "kind": "'use'", "subject": "id::text", "capacity": "1", "reserved": "0",
        "confirmed": "CASE WHEN n % 4 = 1 THEN 1 ELSE 0 END", "created_at": "at"}, ""),
    ("plugin_coupon.instance", {
        "code": "'C' || 100000 + place.n", "campaign_id": "first.id", "template_id": "first.id", "pool_id": "md5('coupon' || place.n)::uuid",
        "customer_id": "CASE WHEN place.n % 500 = 0 THEN '00000000-0000-7000-8000-000000000001' ELSE place.id END",
        "value": "0", "uses": "1", "valid_from": "place.at", "valid_to": "place.at + interval '30 days'", "source": "'claim'", "created_at": "place.at"},
     "CROSS JOIN (SELECT id FROM place WHERE n = 1) first"),
    ("plugin_coupon.redemption", {
        "campaign_id": "first.id", "instance_id": "place.id", "order_id": "place.id", "customer_id": "place.id", "amount_minor": "3000",
        "allocation": """'{"k": 3000}'""", "funder": "'merchant'", "created_at": "place.at"},
     "CROSS JOIN (SELECT id FROM place WHERE n = 1) first"),
    ("plugin_coupon.code_batch", {
        "campaign_id": "id", "name": "title", "count": "1", "public": "true", "shown": "'TEA' || n", "created_at": "at"}, ""),
    ("plugin_coupon.code", {"campaign_id": "id", "batch_id": "id", "code_hash": "md5('code' || n)", "hint": "'A' || n", "uses": "n % 9"}, ""),
)  # fmt: skip
# So many rows are written with every foreign key looked up.
_FEW = 100
# What these triggers count, row by row, is written above as it will stand.
_COUNTING = ("orders_order", "orders_line", "reviews_review", "catalog_tally")


def write_rows(owner: Engine, shop_id: int, rows: int) -> None:
    """Give a shop `rows` of everything that it has not; fewer of what a shop never has many of.

    `owner` is a superuser's: what the first row has shown to fit together is not checked again for each of many.
    """
    told = {"shop": shop_id, "rows": rows}
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"SET session_replication_role = {'origin' if rows <= _FEW else 'replica'}"))
        connection.execute(text("DROP TABLE IF EXISTS place"))
        connection.execute(text(_PLACES), told)
        for table in _COUNTING:
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        for table, columns, more in _ROWS:
            connection.execute(text(_statement(table, columns, more)), told)
            # Fresh statistics: the next table looks its foreign keys up in this one.
            connection.execute(text(f"ANALYZE {table}"))
        for table in _COUNTING:
            connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
        connection.execute(text("VACUUM ANALYZE"))


def _statement(table: str, columns: dict[str, str], more: str) -> str:
    values = {"shop_id": ":shop", "id": "place.id", **columns}
    return _COPIED.format(
        table=table, columns=", ".join(values), values=", ".join(values.values()), more=more
    )
