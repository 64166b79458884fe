"""The column names of real workbooks are understood: an old system's own, and those of people."""

import pytest

from factory_core.importing.kinds import Kind
from factory_core.importing.matching import guess_kind, suggest
from tests.world import kinds


def taken(kind: Kind, *headers: str) -> dict[str, str | None]:
    """The fields that the headers feed without asking."""
    return {headers[each.column]: each.field for each in suggest(kind, headers, ()) if each.taken}


# Column = field; a column without a field is not taken.
ADVENTUREWORKS = [
    (
        "boms.xlsx",
        "BillOfMaterials",
        "boms",
        "BillOfMaterialsID ProductAssemblyID=parent ComponentID=component StartDate=valid_from EndDate=valid_until"
        " UnitMeasureCode=unit BOMLevel=level PerAssemblyQty=quantity ModifiedDate",
    ),
    (
        "cost_and_price_history.xlsx",
        "ProductCostHistory",
        "prices",
        "ProductID=item StartDate=valid_from EndDate=valid_until StandardCost=standard_cost ModifiedDate",
    ),
    (
        "cost_and_price_history.xlsx",
        "ProductListPriceHistory",
        "prices",
        "ProductID=item StartDate=valid_from EndDate=valid_until ListPrice=list_price ModifiedDate",
    ),
    (
        "customers.xlsx",
        "Store",
        "customers",
        "BusinessEntityID=number Name=name SalesPersonID AnnualSales AnnualRevenue BankName BusinessType YearOpened"
        " Specialty SquareFeet Brands Internet NumberEmployees rowguid ModifiedDate",
    ),
    (
        "customers.xlsx",
        "SalesTerritory",
        "customers",
        "TerritoryID Name=name CountryRegionCode=country Group SalesYTD SalesLastYear CostYTD CostLastYear rowguid"
        " ModifiedDate",
    ),
    (
        "customers.xlsx",
        "Customer",
        "customers",
        "CustomerID PersonID StoreID TerritoryID AccountNumber=number rowguid ModifiedDate",
    ),
    (
        "items.xlsx",
        "Product",
        "items",
        "ProductID=external_id Name=name ProductNumber=code MakeFlag=supply FinishedGoodsFlag=is_sold Color=color"
        " SafetyStockLevel=safety_stock ReorderPoint=reorder_point StandardCost=standard_cost ListPrice=list_price"
        " Size=size SizeUnitMeasureCode WeightUnitMeasureCode=weight_unit Weight=weight DaysToManufacture=lead_time"
        " ProductLine Class Style ProductSubcategoryID=group ProductModelID SellStartDate=valid_from"
        " SellEndDate=valid_until DiscontinuedDate rowguid ModifiedDate",
    ),
    (
        "items.xlsx",
        "ProductSubcategory",
        "items",
        "ProductSubcategoryID=group ProductCategoryID Name=name rowguid ModifiedDate",
    ),
    ("items.xlsx", "ProductCategory", "items", "ProductCategoryID=group Name=name rowguid ModifiedDate"),
    ("items.xlsx", "UnitMeasure", "units", "UnitMeasureCode=code Name=name ModifiedDate"),
    ("items.xlsx", "ProductModel", "items", "ProductModelID Name=name rowguid ModifiedDate"),
    (
        "opening_stock.xlsx",
        "ProductInventory",
        "opening_stock",
        "ProductID=item LocationID=location Shelf=shelf Bin=bin Quantity=quantity rowguid ModifiedDate",
    ),
    (
        "opening_stock.xlsx",
        "Location",
        "locations",
        "LocationID=code Name=name CostRate=hourly_rate Availability ModifiedDate",
    ),
    (
        "purchase_orders.xlsx",
        "PurchaseOrderHeader",
        "purchase_orders",
        "PurchaseOrderID=number RevisionNumber=revision Status=status EmployeeID=responsible VendorID=supplier"
        " ShipMethodID=delivery_terms OrderDate=ordered_on ShipDate=shipped_on SubTotal=subtotal TaxAmt=tax"
        " Freight=freight TotalDue=grand_total ModifiedDate",
    ),
    (
        "purchase_orders.xlsx",
        "PurchaseOrderDetail",
        "purchase_orders",
        "PurchaseOrderID=number PurchaseOrderDetailID=line DueDate=due_on OrderQty=quantity ProductID=item"
        " UnitPrice=price LineTotal=line_total ReceivedQty=received_quantity RejectedQty=rejected_quantity StockedQty"
        " ModifiedDate",
    ),
    (
        "routings.xlsx",
        "vProductModelInstructions",
        "routings",
        "ProductModelID=routing Name LocationSequence=operation LocationID=work_centre SetupHours=setup_time"
        " MachineHours=run_time LaborHours=labour_time LotSize=lot_size StepNumber Step=text",
    ),
    (
        "suppliers.xlsx",
        "Vendor",
        "suppliers",
        "BusinessEntityID AccountNumber=number Name=name CreditRating=rating PreferredVendorStatus ActiveFlag=is_active"
        " PurchasingWebServiceURL=website ModifiedDate",
    ),
    (
        "suppliers.xlsx",
        "ProductVendor",
        "supplier_items",
        "ProductID=item BusinessEntityID=supplier AverageLeadTime=lead_time StandardPrice=price LastReceiptCost"
        " LastReceiptDate MinOrderQty=minimum_order_quantity MaxOrderQty OnOrderQty UnitMeasureCode=unit ModifiedDate",
    ),
    (
        "work_orders.xlsx",
        "WorkOrder",
        "production_orders",
        "WorkOrderID=number ProductID=item OrderQty=quantity StockedQty=good_quantity ScrappedQty=scrapped_quantity"
        " ScrapReasonID=scrap_reason",
    ),
    (
        "WorkOrder.csv",
        "",
        "production_orders",
        "WorkOrderID=number ProductID=item OrderQty=quantity StockedQty=good_quantity ScrappedQty=scrapped_quantity"
        " StartDate=starts_at EndDate=ends_at DueDate=due_on ScrapReasonID=scrap_reason ModifiedDate",
    ),
    (
        "SalesOrderHeader.xlsx",
        "Sales.SalesOrderHeader",
        "sales_orders",
        "SalesOrderID=number OrderDate=ordered_on DueDate=due_on ShipDate=shipped_on Status OnlineOrderFlag"
        " PurchaseOrderNumber=customer_reference CustomerID=customer SalesPersonID TerritoryID ShipMethodID"
        " SubTotal=subtotal TaxAmt=tax ShippingCost=freight TotalDue=grand_total",
    ),
]


@pytest.mark.parametrize(("file", "sheet", "kind_name", "columns"), ADVENTUREWORKS)
def test_the_old_system_s_own_column_names_are_understood(file: str, sheet: str, kind_name: str, columns: str) -> None:
    pairs = [column.partition("=") for column in columns.split()]
    headers = [header for header, _, _ in pairs]
    assert guess_kind(kinds.ALL, headers, file, sheet)[0][0] == kind_name
    kind = next(each for each in kinds.ALL if each.name == kind_name)
    assert taken(kind, *headers) == {header: field for header, _, field in pairs if field}


MESSY: list[tuple[str, str, Kind, dict[str, str]]] = [
    (
        "ciaa-nxp-bom.xls",
        "ciaa-nxp",
        kinds.BOMS,
        {
            "Componente": "component",
            "Cantidad por PCB": "quantity",
            "Referencia": "references",
            "Descripción": "component_name",
            "Código Digi-Key": "supplier_part_number",
            "Código Mouser": "",
            "Cantidad para 100 PCBs": "",
            "Costo unitario (USD FOB DigiKey)": "price",
            "Costo por PCB (USD FOB DigiKey)": "",
        },
    ),
    (
        "CIAA_K60-BoM.csv",
        "",
        kinds.BOMS,
        {
            "REF": "references",
            "VALUE": "component",
            "CANT": "quantity",
            "DESC": "component_name",
            "PN-DIGI-KEY": "supplier_part_number",
            "FAB": "manufacturer",
            "FOOT": "",
            "DATA": "",
            "URL": "",
        },
    ),
    (
        "bom_v0.1.xls",
        "Sheet1",
        kinds.BOMS,
        {
            "Reference": "references",
            " Quantity": "quantity",
            " Value": "",
            " Footprint": "",
            "Part number": "component",
            "digikey part number": "supplier_part_number",
        },
    ),
    (
        "osr_parts_list.csv",
        "",
        kinds.BOMS,
        {
            "assembly": "parent",
            "short name": "",
            "part #": "component",
            "long name": "component_name",
            "link": "",
            "cost pp ": "price",
            "# req in assy": "quantity",
            "assembly multiplier": "",
        },
    ),
    ("kicost_part_list_big.csv", "", kinds.BOMS, {"manf#": "manufacturer_part_number", "": ""}),
]


@pytest.mark.parametrize(("file", "sheet", "kind", "columns"), MESSY)
def test_workbooks_as_people_keep_them_are_understood(
    file: str, sheet: str, kind: Kind, columns: dict[str, str]
) -> None:
    assert guess_kind(kinds.ALL, list(columns), file, sheet)[0][0] == kind.name
    assert taken(kind, *columns) == {header: field for header, field in columns.items() if field}


def test_a_list_of_goods_is_understood_as_stock_where_somebody_says_it_is() -> None:
    headers = ["state", "county", "fips", "nsn", "item_name", "quantity", "ui", "acquisition_cost", "total_cost"]
    assert taken(kinds.STOCK, *headers) == {
        "nsn": "item",
        "quantity": "quantity",
        "ui": "unit",
        "total_cost": "value",
    }
