// How many collections, individuals, studies, series and images there are, as one list, from the count store.
RETURN [COUNT { (:Collection) }, COUNT { (:Individual) }, COUNT { (:Study) }, COUNT { (:Series) }, COUNT { (:Image) }] AS holdings
