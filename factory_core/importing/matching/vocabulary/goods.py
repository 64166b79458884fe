"""Words for items and bills of materials."""

from factory_core.importing.matching.vocabulary.concept import Words, words

GOODS: dict[str, Words] = {
    "part_number": words(
        en="part number|item number|item code|part code|part no|product number|product code"
        "|article number|material number"
        "|stock code|sku|internal reference|part|item|code",
        de="Artikelnummer|Artikel-Nr.|Teilenummer|Teile-Nr.|Materialnummer|Sachnummer|Identnummer"
        "|Ident-Nr.|Produktnummer"
        "|Material|Artikel|Teil|Sach-Nr.",
        es="número de pieza|código de artículo|código de producto|número de artículo|número de parte"
        "|código|referencia interna"
        "|artículo|pieza",
        fr="référence article|code article|numéro d'article|numéro de pièce|code produit"
        "|référence interne|article|code",
        pl="numer części|indeks|kod towaru|kod artykułu|numer artykułu|indeks materiałowy|symbol|nr katalogowy|kod",
        systems="ProductNumber|item_code|default_code|IPN|MATNR|part_number|product_code|PartNo|ItemNo",
    ),
    "item": words(
        en="item|part|product|item code|item number|part number|product number|material|article"
        "|product code|item id|part id"
        "|item to manufacture|finished good",
        de="Artikel|Artikelnummer|Teil|Teilenummer|Produkt|Material|Materialnummer|Artikel-Nr.|Erzeugnis",
        es="artículo|producto|pieza|código de artículo|material|código de producto|código",
        fr="article|produit|pièce|code article|référence article|matière|composé",
        pl="towar|produkt|część|artykuł|materiał|indeks|kod towaru|wyrób",
        systems="ProductNumber|ProductID|item_code|production_item|product_id|MATNR|part|product|nsn",
    ),
    "name": words(
        en="name|item name|part name|product name|title|short description|designation|material name"
        "|short name|short text",
        de="Bezeichnung|Name|Benennung|Artikelbezeichnung|Kurztext|Materialkurztext|Kurzbezeichnung|Titel",
        es="nombre|denominación|nombre del artículo|nombre del producto|descripción corta|título",
        fr="nom|désignation|libellé|nom de l'article|intitulé|description courte",
        pl="nazwa|nazwa towaru|nazwa części|nazwa artykułu|oznaczenie|opis krótki",
        systems="Name|item_name|MAKTX|display_name|long name",
    ),
    "description": words(
        en="description|long description|item description|part description|details|specification|long text|text",
        de="Beschreibung|Langtext|Artikelbeschreibung|Beschreibung 2|Spezifikation|Bezeichnung 2|Text",
        es="descripción|descripción larga|descripción del artículo|especificación|detalle|texto",
        fr="description|descriptif|description longue|description de l'article|spécification|texte",
        pl="opis|opis towaru|opis artykułu|specyfikacja|opis długi|treść",
        systems="Description|DESC|description_sale",
    ),
    "item_group": words(
        en="item group|category|product category|part category|product group|product family|subcategory"
        "|commodity|group|class",
        de="Artikelgruppe|Warengruppe|Kategorie|Produktgruppe|Materialgruppe|Produktfamilie|Gruppe",
        es="grupo de artículos|categoría|familia|grupo de productos|familia de productos|grupo",
        fr="groupe d'articles|catégorie|famille|famille de produits|groupe de produits|groupe",
        pl="grupa towarowa|kategoria|grupa|grupa materiałowa|rodzina produktów",
        systems="item_group|categ_id|category|MATKL|ProductSubcategoryID|ProductCategoryID|ProductLine",
    ),
    "supply": words(
        en="make or buy|make flag|make buy|procurement type|supply|source|item type|replenishment|purchased or made",
        de="Beschaffungsart|Eigenfertigung|Fremdbezug|Herkunft|Make or Buy|Teileart|Artikeltyp",
        es="tipo de aprovisionamiento|fabricado o comprado|tipo de artículo|origen|suministro",
        fr="type d'approvisionnement|fabriqué ou acheté|type d'article|approvisionnement|origine",
        pl="typ zaopatrzenia|produkowany lub kupowany|rodzaj towaru|pochodzenie|typ pozycji",
        systems="MakeFlag|BESKZ|purchaseable|item_type",
    ),
    "is_sold": words(
        en="finished good|sold|for sale|saleable|can be sold|sales item|finished goods flag",
        de="Verkaufsartikel|verkäuflich|Fertigerzeugnis|Verkauf",
        es="se vende|producto terminado|para venta|vendible",
        fr="vendu|produit fini|à vendre|vendable",
        pl="sprzedawany|wyrób gotowy|na sprzedaż|do sprzedaży",
        systems="FinishedGoodsFlag|sale_ok|salable|is_sales_item",
    ),
    "unit": words(
        en="unit|unit of measure|uom|base unit|units|stock unit|default unit of measure|unit code"
        "|measure|unit of issue",
        de="Einheit|Mengeneinheit|ME|Basismengeneinheit|Basiseinheit|Maßeinheit|Lagereinheit|BME",
        es="unidad|unidad de medida|udm|unidad base|ud|medida",
        fr="unité|unité de mesure|udm|unité de base|unité de stock|mesure",
        pl="jednostka|jednostka miary|jm|j.m.|jedn.|miara",
        systems="UnitMeasureCode|stock_uom|uom_id|units|MEINS|uom|ui|product_uom",
    ),
    "quantity": words(
        en="quantity|qty|amount|count|pieces|number of pieces|order quantity|ordered quantity|required quantity|pcs",
        de="Menge|Anzahl|Stückzahl|Stück|Stk.|Bestellmenge|Auftragsmenge|Bedarfsmenge",
        es="cantidad|cant.|unidades|piezas|cantidad pedida|número de piezas",
        fr="quantité|qté|nombre|pièces|quantité commandée|nb",
        pl="ilość|liczba|szt.|sztuk|liczba sztuk|zamówiona ilość",
        systems="Quantity|OrderQty|qty|product_qty|MENGE|quantity",
    ),
    "quantity_per": words(
        en="quantity per|quantity per assembly|per assembly quantity|qty per|usage|quantity per unit"
        "|component quantity"
        "|quantity per board|quantity per pcb|number required per assembly|number required in assembly|quantity|qty",
        de="Menge je Baugruppe|Komponentenmenge|Einsatzmenge|Menge pro Stück|Menge pro Baugruppe"
        "|Verbrauchsmenge|Menge|Anzahl",
        es="cantidad por conjunto|cantidad por PCB|cantidad por placa|cantidad por unidad"
        "|cantidad por ensamble|cantidad|cant",
        fr="quantité par ensemble|quantité par unité|quantité composant|coefficient|quantité par carte|quantité|qté",
        pl="ilość na sztukę|ilość na zespół|ilość na jednostkę|zużycie|norma zużycia|ilość|liczba",
        systems="PerAssemblyQty|qty|product_qty|MENGE|quantity|bom_line_ids/product_qty",
    ),
    "parent_item": words(
        en="parent|parent item|parent part|assembly|parent number|top level|finished item|made item"
        "|parent part number|product"
        "|assembly part number",
        de="Baugruppe|Oberteil|übergeordneter Artikel|Kopfmaterial|Erzeugnis|Stücklistenkopf|Fertigerzeugnis",
        es="padre|conjunto|artículo padre|ensamble|producto padre|producto terminado",
        fr="parent|ensemble|article parent|composé|produit parent|produit fini",
        pl="zespół|element nadrzędny|wyrób|towar nadrzędny|wyrób gotowy|rodzic",
        systems="ProductAssemblyID|parent|parent_item|product_tmpl_id|part|STLNR",
    ),
    "component": words(
        en="component|child|child item|component item|component number|sub part|child part|part number"
        "|item|part|item code"
        "|component part number|value",
        de="Komponente|Unterteil|Einzelteil|Positionsartikel|Stücklistenkomponente|Bauteil|Teilenummer"
        "|Artikelnummer|Material",
        es="componente|hijo|pieza|artículo componente|material|código de componente|código",
        fr="composant|article composant|pièce|enfant|matière|référence article",
        pl="komponent|składnik|element podrzędny|część|materiał|indeks",
        systems="ComponentID|sub_part|IDNRK|bom_line_ids/product_id|item_code|component_id",
    ),
    "level": words(
        en="level|bom level|indent|indent level|depth|hierarchy|lvl|structure level",
        de="Ebene|Stufe|Stücklistenebene|Dispositionsstufe|Strukturstufe|Gliederungsebene|Baustufe",
        es="nivel|nivel de lista|profundidad|nivel BOM|jerarquía",
        fr="niveau|niveau de nomenclature|profondeur|rang|indentation",
        pl="poziom|poziom struktury|stopień|poziom BOM|zagłębienie",
        systems="BOMLevel|level|STUFE|bom_level",
    ),
    "line_number": words(
        en="position|line number|pos|item no|line|find number|sequence|seq|line no|balloon",
        de="Position|Pos.|Positionsnummer|Zeile|lfd. Nr.|Stücklistenposition|Pos.-Nr.",
        es="posición|línea|número de línea|renglón|secuencia|pos.",
        fr="position|ligne|numéro de ligne|repère|séquence|pos.",
        pl="pozycja|lp.|numer pozycji|linia|wiersz|poz.",
        systems="POSNR|idx|EBELP|sequence|line_no|PurchaseOrderDetailID",
    ),
    "reference_designators": words(
        en="reference designators|reference designator|designator|designators|references|refdes|ref des|reference|ref",
        de="Referenz|Einbauplatz|Bauteilbezeichner|Referenzbezeichner|Einbauort|Bestückungsplatz",
        es="referencia|referencias|designador|designadores|posición en placa",
        fr="repère|repères|référence topologique|désignateur|références",
        pl="oznaczenie|oznaczenia|desygnator|referencja|referencje",
        systems="reference|REF|EBORT|Designator|RefDes",
    ),
    "revision": words(
        en="revision|rev|version|issue|index|change index|revision number|engineering change",
        de="Revision|Index|Änderungsindex|Änderungsstand|Version|Ausgabe|Revisionsstand|Zeichnungsindex",
        es="revisión|versión|índice|edición|número de revisión",
        fr="révision|indice|version|édition|indice de révision",
        pl="rewizja|wersja|indeks zmiany|wydanie|numer rewizji",
        systems="RevisionNumber|revision|REVLV|AENNR|version",
    ),
    "drawing_number": words(
        en="drawing number|drawing|drawing no|dwg no|print number|document number",
        de="Zeichnungsnummer|Zeichnung|Zeichnungs-Nr.|Zeichn.-Nr.|Dokumentnummer",
        es="número de plano|plano|n.º de plano|dibujo|número de dibujo",
        fr="numéro de plan|plan|n° de plan|dessin|numéro de dessin",
        pl="numer rysunku|rysunek|nr rysunku|dokumentacja",
        systems="ZEINR|drawing_no|drawing",
    ),
    "material": words(
        en="material|raw material|substance|material grade|alloy|base material",
        de="Werkstoff|Rohmaterial|Material|Werkstoffnummer|Legierung|Güte",
        es="material|materia prima|aleación|calidad del material",
        fr="matière|matériau|matière première|alliage|nuance",
        pl="materiał|surowiec|gatunek|stop|gatunek materiału",
        systems="WRKST|material",
    ),
    "weight": words(
        en="weight|net weight|unit weight|mass|gross weight",
        de="Gewicht|Nettogewicht|Stückgewicht|Masse|Bruttogewicht",
        es="peso|peso neto|peso unitario|masa|peso bruto",
        fr="poids|poids net|poids unitaire|masse|poids brut",
        pl="waga|masa|masa netto|waga netto|masa jednostkowa|waga brutto",
        systems="Weight|NTGEW|BRGEW|weight_per_unit",
    ),
    "weight_unit": words(
        en="weight unit|weight uom|unit of weight|weight unit measure code",
        de="Gewichtseinheit|Einheit Gewicht",
        es="unidad de peso",
        fr="unité de poids",
        pl="jednostka wagi|jednostka masy",
        systems="WeightUnitMeasureCode|GEWEI|weight_uom",
    ),
    "length": words(
        en="length|cut length|long",
        de="Länge|Zuschnittlänge",
        es="longitud|largo",
        fr="longueur|long.",
        pl="długość",
        systems="LAENG|length",
    ),
    "width": words(
        en="width|breadth", de="Breite", es="ancho|anchura", fr="largeur", pl="szerokość", systems="BREIT|width"
    ),
    "height": words(
        en="height|thickness",
        de="Höhe|Dicke|Stärke",
        es="altura|alto|espesor",
        fr="hauteur|épaisseur",
        pl="wysokość|grubość",
        systems="HOEHE|height",
    ),
    "size": words(
        en="size|dimension|dimensions|footprint|package|case size",
        de="Größe|Abmessung|Abmessungen|Maße|Bauform|Gehäuse",
        es="tamaño|dimensiones|medidas|talla|encapsulado|huella",
        fr="taille|dimensions|encombrement|boîtier|empreinte",
        pl="rozmiar|wymiary|wymiar|obudowa",
        systems="Size|GROES|FOOT|Footprint",
    ),
    "color": words(
        en="color|colour|finish",
        de="Farbe|Farbton|Oberfläche",
        es="color|acabado",
        fr="couleur|teinte|finition",
        pl="kolor|barwa|wykończenie",
        systems="Color",
    ),
    "electrical_value": words(
        en="value|rating", de="Wert|Bauteilwert", es="valor", fr="valeur", pl="wartość", systems="VALUE"
    ),
    "manufacturer": words(
        en="manufacturer|maker|make|brand|mfr|manufacturer name",
        de="Hersteller|Fabrikat|Marke|Herstellername",
        es="fabricante|marca|nombre del fabricante",
        fr="fabricant|marque|constructeur|nom du fabricant",
        pl="producent|wytwórca|marka|nazwa producenta",
        systems="FAB|manufacturer|brand",
    ),
    "manufacturer_part_number": words(
        en="manufacturer part number|mpn|mfr part no|manufacturer number|maker's part number|manf#|mfg part number",
        de="Herstellerteilenummer|Hersteller-Artikelnummer|Herstellernummer|Hersteller-Nr.",
        es="número de parte del fabricante|referencia del fabricante|código del fabricante",
        fr="référence fabricant|numéro de pièce fabricant|code fabricant",
        pl="numer części producenta|kod producenta|indeks producenta",
        systems="MFRPN|MPN|manf#|manufacturer_part_no",
    ),
    "supplier_part_number": words(
        en="supplier part number|vendor part number|supplier item code|supplier sku|vendor code|digikey part number"
        "|distributor part number|order code|mouser part number",
        de="Lieferantenartikelnummer|Bestellnummer Lieferant|Lieferanten-Artikel-Nr.|Bestell-Nr.",
        es="número de parte del proveedor|código del proveedor|referencia del proveedor|código Digi-Key|código Mouser",
        fr="référence fournisseur|code article fournisseur|numéro d'article fournisseur|code fournisseur article",
        pl="numer części dostawcy|kod dostawcy|indeks dostawcy|symbol dostawcy",
        systems="SKU|IDNLF|supplier_part_no|product_code|PN-DIGI-KEY|digikey part number",
    ),
    "customer_part_number": words(
        en="customer part number|customer item code|customer's part number|customer material",
        de="Kundenartikelnummer|Kundenmaterialnummer|Kunden-Artikel-Nr.|Kundenteilenummer",
        es="número de parte del cliente|código del cliente para el artículo|referencia del cliente para el artículo",
        fr="référence article client|code article client",
        pl="numer części klienta|indeks klienta|kod towaru klienta",
        systems="KDMAT|customer_item_code",
    ),
    "barcode": words(
        en="barcode|ean|gtin|upc|ean code|bar code",
        de="Barcode|EAN|GTIN|Strichcode|EAN-Nummer",
        es="código de barras|EAN|GTIN",
        fr="code-barres|EAN|GTIN|gencod",
        pl="kod kreskowy|EAN|GTIN",
        systems="EAN11|barcode",
    ),
    "tariff_number": words(
        en="tariff number|hs code|customs tariff number|commodity code|customs number",
        de="Zolltarifnummer|Warennummer|Statistische Warennummer|HS-Code",
        es="código arancelario|partida arancelaria|código HS",
        fr="code douanier|nomenclature douanière|code SH",
        pl="kod taryfy celnej|kod CN|kod HS",
        systems="STAWN|customs_tariff_number|hs_code",
    ),
    "origin_country": words(
        en="country of origin|origin country|origin",
        de="Ursprungsland|Herkunftsland",
        es="país de origen",
        fr="pays d'origine",
        pl="kraj pochodzenia",
        systems="HERKL|country_of_origin",
    ),
}
