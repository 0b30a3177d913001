// []: 2 to 3: images that are not released get reasons to be held back, as far as their modality and SOP class tell.
CALL () {
  MATCH (s:Series)-[:HAS_IMAGE]->(i:Image) WHERE i.holdReasons IS NULL AND i.state <> 'RELEASED'
  WITH i, toUpper(coalesce(s.modalityRaw, s.modality, '')) AS modality, i.sopClass + '.' AS sopClass
  WITH i, CASE WHEN modality IN ['US', 'IVUS', 'BDUS'] THEN ['US'] WHEN modality IN ['SC', 'DOC'] THEN ['SC']
    WHEN modality IN ['XA', 'XC', 'ES'] THEN [modality] WHEN modality IN ['HC', 'RG'] THEN ['FILM']
    WHEN modality IN ['OT', ''] THEN ['OT'] ELSE [] END AS byModality,
    CASE WHEN sopClass STARTS WITH '1.2.840.10008.5.1.4.1.1.3.' OR sopClass STARTS WITH '1.2.840.10008.5.1.4.1.1.6.' THEN ['US']
      WHEN sopClass STARTS WITH '1.2.840.10008.5.1.4.1.1.7.' THEN ['SC']
      WHEN sopClass STARTS WITH '1.2.840.10008.5.1.4.1.1.12.1.' THEN ['XA']
      WHEN sopClass STARTS WITH '1.2.840.10008.5.1.4.1.1.77.1.1.' THEN ['ES']
      WHEN sopClass STARTS WITH '1.2.840.10008.5.1.4.1.1.77.1.4.' THEN ['XC'] ELSE [] END AS bySopClass
  WITH i, byModality + [each IN bySopClass WHERE NOT each IN byModality] AS reasons
  WHERE reasons <> []
  SET i.holdReasons = reasons
}
